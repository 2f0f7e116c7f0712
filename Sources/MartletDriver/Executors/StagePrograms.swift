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
        for (index, stage) in job.travellingStages().enumerated() {
            let encodedStage: EncodedStage
            if case .shuffle(let shuffle) = job.plan.stages[index].output {
                encodedStage = try encoded(stage, writing: shuffle)
            } else {
                encodedStage = try encode(stage)
            }
            sharedValues.append(encodedStage.sharedValues)
            packages.append(
                try encodedStage.packed(
                    job.properties, measuresCPU: job.measuresCPU, cachedRDDs: stage.persistentRDDs.filter(isKept)))
        }
        job.setPackages(packages, sharedValues)
    }

    private func encoded(_ stage: TravellingStage, writing shuffle: ShuffleID) throws -> EncodedStage {
        let version = stage.version
        if let known = known.withLock({ $0[shuffle] }), known.version == version { return known.stage }
        try stage.checkRows()
        let encodedStage = try encode(stage)
        let old = known.withLock { $0.updateValue(Known(stage: encodedStage, version: version), forKey: shuffle) }
        // Its values may be released here, outside of the lock.
        withExtendedLifetime(old) {}
        return encodedStage
    }

    private func encode(_ stage: TravellingStage) throws -> EncodedStage {
        do {
            return try EncodedStage(stage, in: handles)
        } catch {
            try stage.check(in: handles.session)
            throw error
        }
    }

    /// Forgets the program of a shuffle that no RDD can read any more.
    func forget(_ shuffle: ShuffleID) {
        withExtendedLifetime(known.withLock { $0.removeValue(forKey: shuffle) }) {}
    }
}
