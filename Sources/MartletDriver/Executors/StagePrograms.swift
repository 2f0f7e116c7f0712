import MartletCore
import MartletExecutor
import MartletPlan
import MartletPortable
import MartletTasks
import Synchronization

/// Programs as they are sent to executors. A map stage is encoded once, and not for each job that might need it again.
final class StagePrograms: Sendable {
    private let handles: SharedVariables
    private let known = Mutex<[ShuffleID: Known]>([:])

    private struct Known: Sendable {
        let stage: EncodedStage
        /// The version of the lineage that was encoded: levels may change, and checkpoints may cut off lineage.
        let version: Int
    }

    init(_ handles: SharedVariables) { self.handles = handles }

    /// Encodes the programs of a job. May call functions of the user, to encode captured values.
    ///
    /// - Parameter isKept: whether executors cache partitions of an RDD.
    /// - Throws: `NotPortable`.
    func prepare(_ job: Job, isKept: (RDDID) -> Bool) throws {
        var packages: [[UInt8]] = []
        var sharedValues: [UsedSharedValues] = []
        for (index, image) in job.travellingStages().enumerated() {
            let stage: EncodedStage
            if case .shuffle(let shuffle) = job.plan.stages[index].output {
                stage = try encoded(image, writing: shuffle)
            } else {
                stage = try encode(image)
            }
            sharedValues.append(stage.sharedValues)
            packages.append(
                try stage.packed(
                    job.properties, measuresCPU: job.measuresCPU, cachedRDDs: image.persistentRDDs.filter(isKept)))
        }
        job.setPackages(packages, sharedValues)
    }

    private func encoded(_ image: TravellingStage, writing shuffle: ShuffleID) throws -> EncodedStage {
        let version = image.version
        if let known = known.withLock({ $0[shuffle] }), known.version == version { return known.stage }
        try image.checkRows()
        let stage = try encode(image)
        let old = known.withLock { $0.updateValue(Known(stage: stage, version: version), forKey: shuffle) }
        // Its values may be released here, outside of the lock.
        withExtendedLifetime(old) {}
        return stage
    }

    private func encode(_ image: TravellingStage) throws -> EncodedStage {
        do {
            return try EncodedStage(image, in: handles)
        } catch {
            try image.check(in: handles.session)
            throw error
        }
    }

    /// Forgets the program of a shuffle that no RDD can read any more.
    func forget(_ shuffle: ShuffleID) {
        withExtendedLifetime(known.withLock { $0.removeValue(forKey: shuffle) }) {}
    }
}
