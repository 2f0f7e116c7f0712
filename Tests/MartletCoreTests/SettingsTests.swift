import MartletCore
import Testing

@Suite struct SettingsTests {
    @Test func defaults() {
        let settings = Settings()
        #expect(settings[.appName] == "martlet")
        #expect(settings[.defaultParallelism] == nil)
        #expect(settings[.inputSplitBytes] == 64 << 20)
        #expect(settings[.invalidUTF8] == .replace)
        #expect(settings[.batchBytes] == 32 << 10)
        #expect(settings[.combineBytes] == 16 << 20)
        #expect(settings[.executorMemory] == nil && settings[.storageFraction] == 0.5)
        #expect(settings[.spillEvery] == nil)
        #expect(settings[.localDirectories] == ["/tmp"])
        #expect(settings[.compressionCodec] == .lz4 && settings[.zstdLevel] == 1)
        #expect(!settings[.compressesBlocks] && settings[.checkpointDirectory] == nil)
        #expect(settings[.progress] == .auto)
        #expect(settings[.listenerQueueCapacity] == 10_000)
        #expect(settings[.retainedJobs] == 1000)
        #expect(settings[.retainedStages] == 1000)
        #expect(settings[.maxTaskFailures] == 4 && settings[.maxResultSize] == 1 << 30)
        #expect(settings[.maxBytesInFlight] == 48 << 20 && settings[.readsHostLocalDisk])
        #expect(settings[.checksPortability] == nil && !settings[.acceptsUntestedCompiler])
        #expect(settings[.heartbeatInterval] == .seconds(10) && settings[.networkTimeout] == .seconds(120))
        #expect(settings[.localityWait] == .seconds(3) && settings[.secret] == nil)
    }

    @Test func times() throws {
        for (text, time) in [
            ("200ms", Duration.milliseconds(200)), ("7", .seconds(7)), ("7s", .seconds(7)), ("2m", .seconds(120)),
            ("1h", .seconds(3600)),
        ] {
            #expect(try SettingKey.localityWait.parse(text) == time)
        }
        for text in ["", "s", "0", "0ms", "25h", "-1s", "1.5s", "1d", "99999999999999999999s"] {
            #expect(throws: SettingsError.self) { try SettingKey.localityWait.parse(text) }
        }
    }

    @Test func documentedDefaultsAreTheDefaults() throws {
        var settings = Settings()
        // Shares of the machine, and the absence of a value, are written in words.
        let shares = [
            "martlet.default.parallelism", "martlet.executor.memory",
            "martlet.shuffle.spill.numElementsForceSpillThreshold", "martlet.checkpoint.dir", "martlet.portable.check",
            "martlet.authenticate.secret", "martlet.driver.host", "martlet.driver.bindAddress", "martlet.executor.cores",
            "martlet.executor.instances", "martlet.cores.max", "martlet.files", "martlet.archives", "martlet.cluster.secretFile",
        ]
        for (name, text, summary) in Settings.documentation {
            if !shares.contains(name) { try settings.set(name, to: text) }
            #expect(summary.hasSuffix("."))
        }
        #expect(settings == Settings())
        #expect(Settings.documentation.count == 43)
    }

    @Test func laterAssignmentsWin() throws {
        var settings = try Settings(parsing: [
            "martlet.app.name=a", "martlet.app.name = b=c ", "martlet.ui.progress=off",
        ])
        #expect(settings[.appName] == "b=c")
        #expect(settings[.progress] == .off)
        settings[.defaultParallelism] = 4
        try settings.apply(["martlet.default.parallelism=8"])
        #expect(settings[.defaultParallelism] == 8)
    }

    @Test func files() throws {
        let text =
            "# how words are counted\r\n\r\nmartlet.app.name   word count\r\n  martlet.batch.bytes=64k\n"
            + "martlet.input.invalidUTF8 = refuse\n\tmartlet.ui.progress\ton"
        let settings = try Settings.parse(file: text, name: "martlet.conf")
        #expect(settings[.appName] == "word count")
        #expect(settings[.batchBytes] == 65536)
        #expect(settings[.invalidUTF8] == .refuse)
        #expect(settings[.progress] == .on)
    }

    @Test(arguments: [
        (
            "martlet.defualt.parallelism=3",
            "unknown setting martlet.defualt.parallelism; did you mean martlet.default.parallelism?"
        ),
        ("colour=red", "unknown setting colour"),
        ("martlet.app.name", "setting 'martlet.app.name' has no value; write name=value"),
        ("martlet.app.name=", "martlet.app.name can not be ''; accepted is any text that is not empty"),
        (
            "martlet.default.parallelism=0",
            "martlet.default.parallelism can not be '0'; accepted is a whole number from 1 to 1000000"
        ),
        (
            "martlet.batch.bytes=1k",
            "martlet.batch.bytes can not be '1k'; accepted is a size from 4k to 16m, such as 512, 32k, 64m or 2g"
        ),
        (
            "martlet.batch.bytes=99999999t",
            "martlet.batch.bytes can not be '99999999t'; accepted is a size from 4k to 16m, such as 512, 32k, 64m or 2g"
        ),
        (
            "martlet.memory.storageFraction=2",
            "martlet.memory.storageFraction can not be '2'; accepted is a number from 0 to 1"
        ),
        ("martlet.rdd.compress=yes", "martlet.rdd.compress can not be 'yes'; accepted is true or false"),
        ("martlet.checkpoint.dir=", "martlet.checkpoint.dir can not be ''; accepted is any text that is not empty"),
        (
            "martlet.ui.progress=maybe",
            "martlet.ui.progress can not be 'maybe'; accepted is auto or on or off"
        ),
    ])
    func messages(_ assignment: String, _ message: String) {
        #expect(throws: SettingsError.self) { try Settings(parsing: [assignment]) }
        do throws(SettingsError) { _ = try Settings(parsing: [assignment]) } catch {
            #expect(error.description == message)
        }
    }

    @Test func mistakesInFilesNameTheLine() {
        do throws(SettingsError) {
            _ = try Settings.parse(file: "# name\n\nmartlet.app.nme words\n", name: "martlet.conf")
            Issue.record("accepted a wrong name")
        } catch {
            #expect(
                error.description
                    == "martlet.conf:3: unknown setting martlet.app.nme; did you mean martlet.app.name?")
        }
        do throws(SettingsError) {
            _ = try Settings.parse(file: "martlet.app.name", name: "martlet.conf")
            Issue.record("accepted a setting without a value")
        } catch {
            #expect(
                error
                    == .inFile(
                        name: "martlet.conf", line: 1, cause: .missingEquals(given: "martlet.app.name")))
        }
    }

    @Test(
        arguments: [
            ("0", 0), ("512", 512), ("7b", 7), ("1k", 1024), ("1KB", 1024), ("3m", 3 << 20), ("3mb", 3 << 20),
            ("2g", 2 << 30),
            ("2gb", 2 << 30), ("1t", 1 << 40), ("1tb", 1 << 40), ("8388607t", 8_388_607 << 40),
            ("8388608t", nil),
            ("9223372036854775808", nil), ("", nil), ("k", nil), ("-1", nil), ("1 k", nil), ("1.5m", nil),
            ("1x", nil), ("１k", nil),
        ] as [(String, Int?)])
    func byteSizes(_ text: String, _ bytes: Int?) {
        #expect(ByteSize.parse(text) == bytes)
        if let bytes { #expect(ByteSize.parse(ByteSize.describe(bytes)) == bytes) }
    }
}
