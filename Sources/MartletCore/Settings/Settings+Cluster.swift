extension SettingKey<String?> {
    /// `martlet.driver.host`; nil stands for the address from which the master is reached.
    public static var driverHost: SettingKey {
        SettingKey(
            "martlet.driver.host", default: nil, shown: "the address from which the master is reached", .optionalText, \.driverHost,
            "Name or address by which the executors of a cluster reach the driver.")
    }

    /// `martlet.driver.bindAddress`; nil stands for `martlet.driver.host`.
    public static var driverBindAddress: SettingKey {
        SettingKey(
            "martlet.driver.bindAddress", default: nil, shown: "martlet.driver.host", .optionalText, \.driverBindAddress,
            "Address at which the driver listens, where that is another one than executors use.")
    }

    /// `martlet.cluster.secretFile`; nil stands for `MARTLET_SECRET_FILE`, or `.martlet/secret` in the home directory.
    public static var clusterSecretFile: SettingKey {
        SettingKey(
            "martlet.cluster.secretFile", default: nil, shown: "MARTLET_SECRET_FILE, or ~/.martlet/secret", .optionalText,
            \.clusterSecretFile, "File with the secret of the cluster, which only its owner may read.")
    }
}

extension SettingKey<[String]> {
    /// `martlet.files`
    public static var files: SettingKey {
        SettingKey(
            "martlet.files", default: [], shown: "none", .files, \.files,
            "Files, with commas between them, that tasks need: each process finds them by name (AddedFiles).")
    }

    /// `martlet.archives`
    public static var archives: SettingKey {
        SettingKey(
            "martlet.archives", default: [], shown: "none", .files, \.archives,
            "Archives (tar, with gzip or zstd or not) for executors of a cluster: each is unpacked into a directory with its name.")
    }
}

extension SettingKey<Int> {
    /// `martlet.driver.port`; 0 stands for any free port.
    public static var driverPort: SettingKey {
        SettingKey(
            "martlet.driver.port", default: 0, shown: "0", .count(in: 0...65_535), \.driverPort,
            "Port at which the driver listens for its executors; 0 for any free one.")
    }

    /// `martlet.cluster.weight`
    public static var clusterWeight: SettingKey {
        SettingKey(
            "martlet.cluster.weight", default: 1, shown: "1", .count(in: 1...1_000_000), \.clusterWeight,
            "Share of the cluster's cores that the application gets while others wait, against theirs.")
    }
}

extension SettingKey<Int?> {
    /// `martlet.executor.cores`; nil stands for all cores that the application gets on a worker.
    public static var executorCores: SettingKey {
        SettingKey(
            "martlet.executor.cores", default: nil, shown: "all that the application gets on a worker", .count(in: 1...10_000),
            \.executorCores, "Cores of each executor in a cluster: as many tasks run there at a time.")
    }

    /// `martlet.executor.instances`; nil stands for any number.
    public static var executorInstances: SettingKey {
        SettingKey(
            "martlet.executor.instances", default: nil, shown: "any number", .count(in: 1...100_000), \.executorInstances,
            "How many executors of a cluster the application has at most.")
    }

    /// `martlet.cores.max`; nil stands for as many as there are.
    public static var coresMax: SettingKey {
        SettingKey(
            "martlet.cores.max", default: nil, shown: "as many as there are", .count(in: 1...10_000_000), \.coresMax,
            "How many cores of a cluster the application has at most.")
    }
}
