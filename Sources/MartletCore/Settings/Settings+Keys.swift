/// What to do with input that is not valid UTF-8.
///
///     var settings = Settings()
///     settings[.invalidUTF8] = .refuse
public enum InvalidUTF8Policy: String, Sendable, CaseIterable {
    /// Put the replacement character U+FFFD in place of invalid bytes.
    case replace

    /// Fail the task with the file and the offset.
    case refuse
}

/// Whether progress of running jobs is drawn on the terminal.
///
///     var settings = Settings()
///     settings[.progress] = .off
public enum ProgressMode: String, Sendable, CaseIterable {
    /// Only where the output is a terminal.
    case auto

    /// Always.
    case on

    /// Never.
    case off
}

/// The events of which lines are logged.
///
///     var settings = Settings()
///     settings[.logLevel] = .info
public enum LogLevel: String, Sendable, CaseIterable {
    /// None.
    case off

    /// Failed jobs.
    case error

    /// Also failed tasks, interrupted stages, and lost executors.
    case warning

    /// Also the ends of jobs, and executors that were added.
    case info

    /// Also each stage.
    case debug
}

/// How data that leaves memory is compressed.
///
///     var settings = Settings()
///     settings[.compressionCodec] = .zstd
public enum CompressionCodec: String, Sendable, CaseIterable {
    /// Not at all.
    case none

    /// Fast.
    case lz4

    /// Smaller, and slower to write.
    case zstd
}

extension SettingKey<String> {
    /// `martlet.app.name`
    public static var appName: SettingKey {
        SettingKey(
            "martlet.app.name", default: "martlet", shown: "martlet", .text, \.appName,
            "Name of the application, shown in logs and status.")
    }
}

extension SettingKey<Int?> {
    /// `martlet.default.parallelism`; nil stands for the number of slots.
    public static var defaultParallelism: SettingKey {
        SettingKey(
            "martlet.default.parallelism", default: nil, shown: "the number of slots",
            .count(in: 1...1_000_000), \.defaultParallelism,
            "Partitions of parallelized collections and of shuffles that are not told otherwise.")
    }
}

extension SettingKey<Int?> {
    /// `martlet.executor.memory`; nil stands for three quarters of the memory that the process may use.
    public static var executorMemory: SettingKey {
        SettingKey(
            "martlet.executor.memory", default: nil, shown: "three quarters of the machine's, or of the control group's",
            .bytes(in: 64 << 10...1 << 50), \.executorMemory,
            "Memory that cached partitions and shuffles share; what does not fit goes to disk, or is computed again. In a cluster also "
                + "what a worker must have free for an executor; 1g if it is not set.")
    }
}

extension SettingKey<Double> {
    /// `martlet.memory.storageFraction`
    public static var storageFraction: SettingKey {
        SettingKey(
            "martlet.memory.storageFraction", default: 0.5, shown: "0.5", .fraction, \.storageFraction,
            "Share of the memory that shuffles cannot take away from cached partitions.")
    }
}

extension SettingKey<Int> {
    /// `martlet.input.splitBytes`
    public static var inputSplitBytes: SettingKey {
        SettingKey(
            "martlet.input.splitBytes", default: 64 << 20, shown: "64m", .bytes(in: 1...1 << 40),
            \.inputSplitBytes,
            "Largest piece of an input file that one task reads.")
    }

    /// `martlet.batch.bytes`
    public static var batchBytes: SettingKey {
        SettingKey(
            "martlet.batch.bytes", default: 32 << 10, shown: "32k", .bytes(in: 4 << 10...16 << 20),
            \.batchBytes,
            "Size of the batches in which elements move between operators.")
    }

    /// `martlet.shuffle.combineBytes`
    public static var combineBytes: SettingKey {
        SettingKey(
            "martlet.shuffle.combineBytes", default: 16 << 20, shown: "16m", .bytes(in: 4 << 10...1 << 30),
            \.combineBytes,
            "Largest table in which a map task combines the values of equal keys before the shuffle.")
    }

    /// `martlet.listenerBus.capacity`
    public static var listenerQueueCapacity: SettingKey {
        SettingKey(
            "martlet.listenerBus.capacity", default: 10_000, shown: "10000", .count(in: 1...100_000_000),
            \.listenerQueueCapacity,
            "Events that may wait for one listener; those that find no room are dropped and counted.")
    }

    /// `martlet.status.retainedJobs`
    public static var retainedJobs: SettingKey {
        SettingKey(
            "martlet.status.retainedJobs", default: 1000, shown: "1000", .count(in: 0...100_000_000),
            \.retainedJobs, "Ended jobs that the status tracker remembers.")
    }

    /// `martlet.status.retainedStages`
    public static var retainedStages: SettingKey {
        SettingKey(
            "martlet.status.retainedStages", default: 1000, shown: "1000", .count(in: 0...100_000_000),
            \.retainedStages, "Ended stages that the status tracker remembers.")
    }
}

extension SettingKey<Int?> {
    /// `martlet.shuffle.spill.numElementsForceSpillThreshold`; nil spills only when memory is short.
    public static var spillEvery: SettingKey {
        SettingKey(
            "martlet.shuffle.spill.numElementsForceSpillThreshold", default: nil, shown: "none",
            .count(in: 1...1 << 50), \.spillEvery,
            "Elements after which an operator writes what it holds to disk, however much memory there is; for tests.")
    }
}

extension SettingKey<[String]> {
    /// `martlet.local.dir`
    public static var localDirectories: SettingKey {
        SettingKey(
            "martlet.local.dir", default: ["/tmp"], shown: "/tmp", .paths, \.localDirectories,
            "Directories, with commas between them, for what does not fit into memory; best on several fast disks.")
    }
}

extension SettingKey<CompressionCodec> {
    /// `martlet.io.compression.codec`
    public static var compressionCodec: SettingKey {
        SettingKey(
            "martlet.io.compression.codec", default: .lz4, shown: "lz4", .word, \.compressionCodec,
            "How what leaves memory is compressed: lz4 is fast, zstd is smaller, none stores it as it is.")
    }
}

extension SettingKey<Int> {
    /// `martlet.io.compression.zstd.level`
    public static var zstdLevel: SettingKey {
        SettingKey(
            "martlet.io.compression.zstd.level", default: 1, shown: "1", .count(in: 1...19), \.zstdLevel,
            "The level of zstd, from 1, fast, to 19, small.")
    }
}

extension SettingKey<Bool> {
    /// `martlet.rdd.compress`
    public static var compressesBlocks: SettingKey {
        SettingKey(
            "martlet.rdd.compress", default: false, shown: "false", .truth, \.compressesBlocks,
            "Whether serialised partitions in memory are compressed; those on disk are, as the codec says.")
    }
}

extension SettingKey<String?> {
    /// `martlet.checkpoint.dir`; nil stands for none.
    public static var checkpointDirectory: SettingKey {
        SettingKey(
            "martlet.checkpoint.dir", default: nil, shown: "none", .optionalText, \.checkpointDirectory,
            "Directory for the files of checkpoints, which stay when the application has ended.")
    }
}

extension SettingKey<InvalidUTF8Policy> {
    /// `martlet.input.invalidUTF8`
    public static var invalidUTF8: SettingKey {
        SettingKey(
            "martlet.input.invalidUTF8", default: .replace, shown: "replace", .word, \.invalidUTF8,
            "What to do with text input that is not valid UTF-8: replace it with U+FFFD, or refuse it.")
    }
}

extension SettingKey<Bool> {
    /// `martlet.files.ignoreMissingFiles`
    public static var ignoresMissingFiles: SettingKey {
        SettingKey(
            "martlet.files.ignoreMissingFiles", default: false, shown: "false", .truth, \.ignoresMissingFiles,
            "Whether input files that are not there are passed over, and told of; otherwise the action fails.")
    }

    /// `martlet.files.ignoreCorruptFiles`
    public static var ignoresCorruptFiles: SettingKey {
        SettingKey(
            "martlet.files.ignoreCorruptFiles", default: false, shown: "false", .truth, \.ignoresCorruptFiles,
            "Whether the rest of an input file that is damaged is passed over, and told of; otherwise the action fails.")
    }
}

extension SettingKey<LogLevel> {
    /// `martlet.log.level`
    public static var logLevel: SettingKey {
        SettingKey(
            "martlet.log.level", default: .off, shown: "off", .word, \.logLevel,
            "Events of the application that are logged, by swift-log: error, warning, info, debug, or off.")
    }
}

extension SettingKey<ProgressMode> {
    /// `martlet.ui.progress`
    public static var progress: SettingKey {
        SettingKey(
            "martlet.ui.progress", default: .auto, shown: "auto", .word, \.progress,
            "Whether a progress line is drawn: auto draws it on terminals only.")
    }
}

/// A value as people write it: an optional one without its wrapping.
private func shown(_ value: some Any) -> String {
    let mirror = Mirror(reflecting: value)
    return mirror.displayStyle == .optional ? mirror.children.first.map { "\($0.value)" } ?? "none" : "\(value)"
}

/// A setting without its type, for the list of all settings.
struct KnownSetting: Sendable {
    let name: String
    let defaultText: String
    let summary: String

    /// Reads the value from text and stores it.
    let set: @Sendable (_ settings: inout Settings, _ text: String) throws(SettingsError) -> Void

    /// Whether its value in the settings is one that could have been read from text.
    let check: @Sendable (_ settings: Settings) throws(SettingsError) -> Void

    init<Value>(_ key: SettingKey<Value>) {
        name = key.name
        defaultText = key.defaultText
        summary = key.summary
        set = { (settings: inout Settings, text: String) throws(SettingsError) in
            settings[key] = try key.parse(text)
        }
        check = { (settings: Settings) throws(SettingsError) in
            guard !key.format.accepts(settings[key]) else { return }
            throw .badValue(setting: key.name, given: shown(settings[key]), accepted: key.format.accepted)
        }
    }
}

extension Settings {
    /// Every setting there is, in the order of documentation.
    static let known: [KnownSetting] = [
        KnownSetting(.appName), KnownSetting(.defaultParallelism), KnownSetting(.inputSplitBytes),
        KnownSetting(.invalidUTF8), KnownSetting(.ignoresMissingFiles), KnownSetting(.ignoresCorruptFiles),
        KnownSetting(.batchBytes), KnownSetting(.combineBytes),
        KnownSetting(.executorMemory), KnownSetting(.storageFraction),
        KnownSetting(.spillEvery), KnownSetting(.localDirectories), KnownSetting(.compressionCodec), KnownSetting(.zstdLevel),
        KnownSetting(.compressesBlocks), KnownSetting(.checkpointDirectory),
        KnownSetting(.progress), KnownSetting(.logLevel), KnownSetting(.listenerQueueCapacity), KnownSetting(.retainedJobs),
        KnownSetting(.retainedStages),
        KnownSetting(.maxTaskFailures), KnownSetting(.maxResultSize), KnownSetting(.maxBytesInFlight),
        KnownSetting(.readsHostLocalDisk), KnownSetting(.checksPortability), KnownSetting(.acceptsUntestedCompiler),
        KnownSetting(.heartbeatInterval), KnownSetting(.networkTimeout), KnownSetting(.localityWait),
        KnownSetting(.minRegisteredRatio), KnownSetting(.maxRegisteredWait), KnownSetting(.secret),
        KnownSetting(.driverHost), KnownSetting(.driverBindAddress), KnownSetting(.driverPort), KnownSetting(.executorCores),
        KnownSetting(.executorInstances), KnownSetting(.coresMax), KnownSetting(.clusterWeight), KnownSetting(.clusterSecretFile), KnownSetting(.files),
        KnownSetting(.archives),
    ]
}
