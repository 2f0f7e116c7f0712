import Martlet
import Testing

/// Senseless numbers in settings and masters: each is accepted, or refused with an error.
@Suite struct SettingNumberTests {
    @Test(.localOnly, arguments: CountTests.numbers)
    func settingsThatAProgramHasSet(_ number: Int) throws {
        let keys: [SettingKey<Int>] = [
            .batchBytes, .combineBytes, .inputSplitBytes, .zstdLevel, .retainedJobs, .retainedStages, .listenerQueueCapacity,
            .maxTaskFailures, .maxResultSize, .maxBytesInFlight,
        ]
        let optional: [SettingKey<Int?>] = [.defaultParallelism, .executorMemory, .spillEvery]
        var refused = 0
        for change in keys.map({ key in { (settings: inout Settings) in settings[key] = number } })
            + optional.map({ key in { (settings: inout Settings) in settings[key] = number } })
        {
            var settings = Settings()
            change(&settings)
            do {
                try MartletContext(master: "local", settings: settings).stop()
            } catch let error as SettingsError {
                refused += 1
                #expect("\(error)".contains("can not be '\(number)'; accepted is"), "\(error)")
            }
        }
        #expect(refused >= (number < 0 || number > 1 << 60 ? 13 : 3))
    }

    @Test(.localOnly, arguments: CountTests.numbers)
    func slotsAndExecutors(_ number: Int) throws {
        let masters = [
            "local[\(number)]", "local[1,\(number)]", "local-cluster[\(number),1,64]", "local-cluster[1,\(number),64]",
            "local-cluster[1,1,\(number)]",
        ]
        for master in masters {
            if (1...2).contains(number) || number == 1 << 30 { continue }
            if master.hasPrefix("local-cluster[1,1,") && number > 0 && number < 1 << 30 { continue }
            #expect(throws: SettingsError.self, "\(master)") { try MartletContext(master: master) }
        }
    }
}
