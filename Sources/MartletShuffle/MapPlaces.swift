import MartletBlocks
import MartletCore

/// Where the published outputs of a shuffle are, as one version of the map output table has it.
struct MapPlaces {
    let version: Int
    /// By map task; nil where there is none.
    var files: [PlacedFile?]
    /// Why outputs could not be read, by map task.
    var lost: [Int: MapOutputLoss] = [:]
    /// Where sorted runs are cut: decided once, from the samples of all.
    var cuts: RunCuts?

    /// Takes the files of an older version where nothing has changed, with what is known of them.
    init(_ places: [MapPlace], version: Int, mapCount: Int, _ remote: RemoteAccess?, after older: MapPlaces?) {
        self.version = version
        files = Array(repeating: nil, count: mapCount)
        for place in places where files.indices.contains(place.map) {
            let known = older.flatMap { $0.files.indices.contains(place.map) ? $0.files[place.map] : nil }
            files[place.map] = known?.place == place ? known : PlacedFile(place, remote)
        }
    }

    /// Notes that an output cannot be read, if it is still the one that is placed here.
    mutating func lose(_ file: PlacedFile, _ loss: MapOutputLoss) {
        guard files[loss.map] === file else { return }
        files[loss.map] = nil
        lost[loss.map] = loss
    }
}
