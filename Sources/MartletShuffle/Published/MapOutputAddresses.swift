import MartletBlocks
import MartletCore

/// The locations of a shuffle's published outputs, in one version of the map output table.
struct MapOutputAddresses {
    let version: Int
    /// By map task; nil where there is none.
    var files: [RemoteMapOutput?]
    /// Why outputs could not be read, by map task.
    var lost: [Int: MapOutputLoss] = [:]
    /// Where sorted runs are cut: decided once, from all samples.
    var cuts: RunCuts?

    /// Reuses unchanged files of an older version, with the indexes that they have read.
    init(
        _ addresses: [MapOutputAddress], version: Int, mapCount: Int, _ remote: RemoteAccess?, after older: MapOutputAddresses?
    ) {
        self.version = version
        files = Array(repeating: nil, count: mapCount)
        for address in addresses where files.indices.contains(address.map) {
            let known = older.flatMap { $0.files.indices.contains(address.map) ? $0.files[address.map] : nil }
            files[address.map] = known?.address == address ? known : RemoteMapOutput(address, remote)
        }
    }

    /// Records that an output cannot be read, if it is still the current one.
    mutating func lose(_ file: RemoteMapOutput, _ loss: MapOutputLoss) {
        guard files[loss.map] === file else { return }
        files[loss.map] = nil
        lost[loss.map] = loss
    }
}
