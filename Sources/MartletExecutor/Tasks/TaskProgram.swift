package import MartletCore

/// The program of a stage, and the data that its tasks get beside it.
package final class TaskProgram: Sendable {
    package let stage: StageProgram
    /// Of the job that the tasks are launched for.
    package let properties: JobProperties
    package let measuresCPU: Bool
    /// RDDs of the program with cached partitions on other executors. Tasks ask for partitions of no other RDD.
    package let cachedRDDs: Set<RDDID>

    package init(_ stage: StageProgram, _ properties: JobProperties, measuresCPU: Bool, cachedRDDs: Set<RDDID> = []) {
        (self.stage, self.properties, self.measuresCPU, self.cachedRDDs) = (stage, properties, measuresCPU, cachedRDDs)
    }
}
