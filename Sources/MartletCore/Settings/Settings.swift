/// The settings of one application: a value for every known setting.
///
///     var settings = try Settings(parsing: ["martlet.app.name=words", "martlet.batch.bytes=64k"])
///     settings[.progress] = .off
///     settings[.appName]   // "words"
///
/// A value, not a table of strings: names and values are checked once, on entry.
public struct Settings: Sendable, Equatable {
    var appName = SettingKey<String>.appName.defaultValue
    var defaultParallelism = SettingKey<Int?>.defaultParallelism.defaultValue
    var inputSplitBytes = SettingKey<Int>.inputSplitBytes.defaultValue
    var invalidUTF8 = SettingKey<InvalidUTF8Policy>.invalidUTF8.defaultValue
    var ignoresMissingFiles = SettingKey<Bool>.ignoresMissingFiles.defaultValue
    var ignoresCorruptFiles = SettingKey<Bool>.ignoresCorruptFiles.defaultValue
    var batchBytes = SettingKey<Int>.batchBytes.defaultValue
    var combineBytes = SettingKey<Int>.combineBytes.defaultValue
    var executorMemory = SettingKey<Int?>.executorMemory.defaultValue
    var storageFraction = SettingKey<Double>.storageFraction.defaultValue
    var spillEvery = SettingKey<Int?>.spillEvery.defaultValue
    var localDirectories = SettingKey<[String]>.localDirectories.defaultValue
    var compressionCodec = SettingKey<CompressionCodec>.compressionCodec.defaultValue
    var zstdLevel = SettingKey<Int>.zstdLevel.defaultValue
    var compressesBlocks = SettingKey<Bool>.compressesBlocks.defaultValue
    var checkpointDirectory = SettingKey<String?>.checkpointDirectory.defaultValue
    var progress = SettingKey<ProgressMode>.progress.defaultValue
    var logLevel = SettingKey<LogLevel>.logLevel.defaultValue
    var listenerQueueCapacity = SettingKey<Int>.listenerQueueCapacity.defaultValue
    var retainedJobs = SettingKey<Int>.retainedJobs.defaultValue
    var retainedStages = SettingKey<Int>.retainedStages.defaultValue
    var maxTaskFailures = SettingKey<Int>.maxTaskFailures.defaultValue
    var maxResultSize = SettingKey<Int>.maxResultSize.defaultValue
    var maxBytesInFlight = SettingKey<Int>.maxBytesInFlight.defaultValue
    var readsHostLocalDisk = SettingKey<Bool>.readsHostLocalDisk.defaultValue
    var acceptsUntestedCompiler = SettingKey<Bool>.acceptsUntestedCompiler.defaultValue
    var checksPortability = SettingKey<Bool?>.checksPortability.defaultValue
    var heartbeatInterval = SettingKey<Duration>.heartbeatInterval.defaultValue
    var networkTimeout = SettingKey<Duration>.networkTimeout.defaultValue
    var localityWait = SettingKey<Duration>.localityWait.defaultValue
    var minRegisteredRatio = SettingKey<Double>.minRegisteredRatio.defaultValue
    var maxRegisteredWait = SettingKey<Duration>.maxRegisteredWait.defaultValue
    var secret = SettingKey<String?>.secret.defaultValue
    var driverHost = SettingKey<String?>.driverHost.defaultValue
    var driverBindAddress = SettingKey<String?>.driverBindAddress.defaultValue
    var driverPort = SettingKey<Int>.driverPort.defaultValue
    var executorCores = SettingKey<Int?>.executorCores.defaultValue
    var executorInstances = SettingKey<Int?>.executorInstances.defaultValue
    var coresMax = SettingKey<Int?>.coresMax.defaultValue
    var clusterWeight = SettingKey<Int>.clusterWeight.defaultValue
    var files = SettingKey<[String]>.files.defaultValue
    var archives = SettingKey<[String]>.archives.defaultValue
    var clusterSecretFile = SettingKey<String?>.clusterSecretFile.defaultValue

    /// Every setting at its default.
    public init() {}

    /// The value of a setting.
    public subscript<Value>(key: SettingKey<Value>) -> Value {
        get { self[keyPath: key.field] }
        set { self[keyPath: key.field] = newValue }
    }

    /// The settings as documentation lists them, sorted by topic.
    public static var documentation: [(name: String, default: String, summary: String)] {
        known.map { ($0.name, $0.defaultText, $0.summary) }
    }

    /// Checks that all values are accepted ones, including values that a program has set: a context does so before it begins.
    ///
    ///     var settings = Settings()
    ///     settings[.batchBytes] = -1
    ///     try settings.check()   // throws SettingsError
    ///
    /// - Throws: `badValue`, for the first value that is not.
    public func check() throws(SettingsError) { for setting in Self.known { try setting.check(self) } }
}
