import MartletCore
import Testing

@Suite struct MasterURLTests {
    @Test(arguments: [
        ("local", 1, 1), ("local[4]", 4, 1), ("local[*]", 8, 1), ("local[4,3]", 4, 3), ("local[*,2]", 8, 2),
        ("local[ 4 , 3 ]", 4, 3), ("local[10000]", 10_000, 1), ("local[1]", 1, 1),
    ])
    func accepted(_ text: String, _ slots: Int, _ maxFailures: Int) throws {
        #expect(
            try MasterURL(parsing: text, availableCores: 8) == .local(slots: slots, maxFailures: maxFailures))
    }

    @Test(arguments: [
        ("local-cluster[2,1,1024]", 2, 1, 1024), ("local-cluster[ 1, *, 64 ]", 1, 8, 64),
        ("local-cluster[1000,10000,1073741824]", 1000, 10_000, 1 << 30),
    ])
    func clusters(_ text: String, _ executors: Int, _ slots: Int, _ memory: Int) throws {
        let master = MasterURL.localCluster(executors: executors, slots: slots, memoryMiB: memory)
        #expect(try MasterURL(parsing: text, availableCores: 8) == master)
        #expect(try MasterURL(parsing: master.description, availableCores: 1) == master)
    }

    @Test func starIsAtLeastOneSlotAndAtMostTheLimit() throws {
        #expect(try MasterURL(parsing: "local[*]", availableCores: 0) == .local(slots: 1, maxFailures: 1))
        #expect(
            try MasterURL(parsing: "local[*]", availableCores: 1 << 20)
                == .local(slots: 10_000, maxFailures: 1))
    }

    @Test(arguments: [(1, 1), (4, 1), (1, 3), (4, 3)])
    func descriptionReadsBack(_ slots: Int, _ maxFailures: Int) throws {
        let master = MasterURL.local(slots: slots, maxFailures: maxFailures)
        #expect(try MasterURL(parsing: master.description, availableCores: 1) == master)
    }

    @Test(arguments: [
        ("locla[2]", "; did you mean local[2]?"), ("Local", "; did you mean local?"),
        ("local4", "; did you mean local[4]?"),
        ("local(2)", "; did you mean local[2]?"), ("local[2", "; did you mean local[2]?"),
        ("local[2;3]", "; did you mean local[2,3]?"), ("local[]", "; did you mean local?"),
        ("lokal[*,2]", "; did you mean local[*,2]?"),
        ("local[2,3,4]", ""), ("yarn", ""), ("spark://host:7077", ""), ("", ""),
        ("local[x]", "; did you mean local?"), ("local-cluster", "; did you mean local-cluster[2,1,1024]?"),
        ("local-cluster[2,1]", ""), ("local-cluster(2,1,512)", "; did you mean local-cluster[2,1,512]?"),
        ("localcluster[2,1,512]", "; did you mean local-cluster[2,1,512]?"),
    ])
    func unknownMasters(_ text: String, _ question: String) {
        let message =
            "unknown master '\(text)'\(question); "
            + "accepted are local, local[N], local[*], local[N,F], local[*,F], "
            + "local-cluster[EXECUTORS,SLOTS,MIB] and martlet://HOST:PORT[,HOST:PORT]"
        #expect(messageOf(text) == message)
    }

    @Test(arguments: [
        ("local[0]", "slots", "0"), ("local[-1]", "slots", "-1"), ("local[10001]", "slots", "10001"),
        ("local[99999999999999999999999]", "slots", "99999999999999999999999"),
        ("local[2,0]", "failures", "0"),
    ])
    func numbersOutOfRange(_ text: String, _ what: String, _ given: String) {
        #expect(messageOf(text) == "master '\(text)': \(what) must be 1 to 10000, not \(given)")
    }

    @Test func clustersOutOfRange() {
        #expect(
            messageOf("local-cluster[0,1,64]") == "master 'local-cluster[0,1,64]': executors must be 1 to 1000, not 0")
        #expect(
            messageOf("local-cluster[1,1,0]")
                == "master 'local-cluster[1,1,0]': MiB must be 1 to 1073741824, not 0")
    }

    private func messageOf(_ text: String) -> String? {
        do throws(SettingsError) {
            _ = try MasterURL(parsing: text, availableCores: 8)
            return nil
        } catch {
            return error.description
        }
    }
}
