import MartletBlocks
import MartletCore

/// Where the published outputs of a shuffle are, as one version of the map output table has it.
struct MapOutputAddresses {
    let version: Int
    /// By map task; nil where there is none.
    var files: [RemoteMapOutput?]
    /// Why outputs could not be read, by map task.
    var lost: [Int: MapOutputLoss] = [:]
    /// Where sorted runs are cut: decided once, from the samples of all.
    var cuts: RunCuts?

    /// Takes the files of an older version where nothing has changed, with what is known of them.
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

    /// Notes that an output cannot be read, if it is still the one that is placed here.
    mutating func lose(_ file: RemoteMapOutput, _ loss: MapOutputLoss) {
        guard files[loss.map] === file else { return }
        files[loss.map] = nil
        lost[loss.map] = loss
    }
}
