// Settings of applications that run in several processes.

extension SettingKey<Int> {
    /// `martlet.task.maxFailures`
    public static var maxTaskFailures: SettingKey {
        SettingKey(
            "martlet.task.maxFailures", default: 4, shown: "4", .count(in: 1...10_000), \.maxTaskFailures,
            "Failures of one task that fail its job, where tasks run on executors; for threads, see local[N,F].")
    }

    /// `martlet.driver.maxResultSize`; 0 for no limit.
    public static var maxResultSize: SettingKey {
        SettingKey(
            "martlet.driver.maxResultSize", default: 1 << 30, shown: "1g", .bytes(in: 0...1 << 50), \.maxResultSize,
            "Bytes of results that executors may send for one job, which fails beyond that; 0 for no limit.")
    }

    /// `martlet.reducer.maxSizeInFlight`
    public static var maxBytesInFlight: SettingKey {
        SettingKey(
            "martlet.reducer.maxSizeInFlight", default: 48 << 20, shown: "48m", .bytes(in: 64 << 10...1 << 40),
            \.maxBytesInFlight, "Bytes of map outputs of other hosts that a task asks for ahead of what it reads.")
    }
}

extension SettingKey<Bool> {
    /// `martlet.shuffle.readHostLocalDisk`
    public static var readsHostLocalDisk: SettingKey {
        SettingKey(
            "martlet.shuffle.readHostLocalDisk", default: true, shown: "true", .truth, \.readsHostLocalDisk,
            "Whether map outputs of other executors on the same host are read from their files, and not through the network.")
    }

    /// `martlet.portable.unchecked`
    public static var acceptsUntestedCompiler: SettingKey {
        SettingKey(
            "martlet.portable.unchecked", default: false, shown: "false", .truth, \.acceptsUntestedCompiler,
            "Whether functions may be sent to executors in programs made by a compiler that this was not tested with.")
    }
}

extension SettingKey<Bool?> {
    /// `martlet.portable.check`; nil stands for true in debug builds.
    public static var checksPortability: SettingKey {
        SettingKey(
            "martlet.portable.check", default: nil, shown: "true in debug builds", .truth, \.checksPortability,
            "Whether local masters refuse functions, rows and results that could not be sent to executors.")
    }
}

extension SettingKey<Duration> {
    /// `martlet.executor.heartbeatInterval`
    public static var heartbeatInterval: SettingKey {
        SettingKey(
            "martlet.executor.heartbeatInterval", default: .seconds(10), shown: "10s", .duration, \.heartbeatInterval,
            "How often an executor tells the driver that it is there.")
    }

    /// `martlet.network.timeout`
    public static var networkTimeout: SettingKey {
        SettingKey(
            "martlet.network.timeout", default: .seconds(120), shown: "120s", .duration, \.networkTimeout,
            "Silence after which an executor, or the other end of a connection, counts as lost.")
    }

    /// `martlet.locality.wait`
    public static var localityWait: SettingKey {
        SettingKey(
            "martlet.locality.wait", default: .seconds(3), shown: "3s", .duration, \.localityWait,
            "How long a task waits for the executor that keeps its cached partition before it runs on another.")
    }

    /// `martlet.scheduler.maxRegisteredResourcesWaitingTime`
    public static var maxRegisteredWait: SettingKey {
        SettingKey(
            "martlet.scheduler.maxRegisteredResourcesWaitingTime", default: .seconds(30), shown: "30s", .duration,
            \.maxRegisteredWait, "How long the first tasks wait for that share of the slots; then they begin with what there is.")
    }
}

extension SettingKey<Double> {
    /// `martlet.scheduler.minRegisteredResourcesRatio`
    public static var minRegisteredRatio: SettingKey {
        SettingKey(
            "martlet.scheduler.minRegisteredResourcesRatio", default: 0, shown: "0", .fraction, \.minRegisteredRatio,
            "Share of the executors' slots that must be there before the first task starts.")
    }
}

extension SettingKey<String?> {
    /// `martlet.authenticate.secret`; nil stands for a secret that is drawn for each application.
    public static var secret: SettingKey {
        SettingKey(
            "martlet.authenticate.secret", default: nil, shown: "drawn for each application", .optionalText, \.secret,
            "What processes of an application prove to each other, and encrypt with.")
    }
}
