import MartletCore
import Testing

@Suite struct StorageLevelTests {
    @Test(arguments: [
        (StorageLevel.none, "none", false, false, false, 1),
        (.memoryOnly, "memoryOnly", true, false, false, 1),
        (.memoryOnly2, "memoryOnly2", true, false, false, 2),
        (.memoryOnlySer, "memoryOnlySer", true, false, true, 1),
        (.memoryOnlySer2, "memoryOnlySer2", true, false, true, 2),
        (.memoryAndDisk, "memoryAndDisk", true, true, false, 1),
        (.memoryAndDisk2, "memoryAndDisk2", true, true, false, 2),
        (.memoryAndDiskSer, "memoryAndDiskSer", true, true, true, 1),
        (.memoryAndDiskSer2, "memoryAndDiskSer2", true, true, true, 2),
        (.diskOnly, "diskOnly", false, true, true, 1),
        (.diskOnly2, "diskOnly2", false, true, true, 2),
        (.diskOnly3, "diskOnly3", false, true, true, 3),
    ])
    func names(
        _ level: StorageLevel, _ name: String, _ memory: Bool, _ disk: Bool, _ serialized: Bool, _ replication: Int
    ) throws {
        #expect("\(level)" == name && level.isPersistent == (memory || disk))
        #expect(level.usesMemory == memory && level.usesDisk == disk)
        #expect(level.isSerialized == serialized && level.replication == replication)
        guard level.isPersistent else { return }
        let same = try StorageLevel(
            usesMemory: memory, usesDisk: disk, isSerialized: serialized, replication: replication)
        #expect(same == level)
    }

    @Test func whatIsOnlyOnDiskIsSerialized() throws {
        #expect(try StorageLevel(usesMemory: false, usesDisk: true, isSerialized: false) == .diskOnly)
    }

    @Test(arguments: [(false, false, 1), (true, false, 0), (true, true, -1), (false, true, 40)])
    func impossibleLevels(_ memory: Bool, _ disk: Bool, _ replication: Int) {
        #expect(throws: StorageLevelError.self) {
            try StorageLevel(usesMemory: memory, usesDisk: disk, replication: replication)
        }
    }

    @Test func errorsSayWhatToDo() {
        #expect("\(StorageLevelError.replication(40))".hasSuffix("replication is from 1 to 39"))
        #expect("\(StorageLevelError.keepsNothing)".contains("unpersist()"))
    }

    @Test func withDisk() {
        #expect(StorageLevel.none.withDisk == .memoryAndDisk && StorageLevel.memoryOnly.withDisk == .memoryAndDisk)
        #expect(StorageLevel.memoryOnlySer2.withDisk == .memoryAndDiskSer2 && StorageLevel.diskOnly3.withDisk == .diskOnly3)
    }
}
