// What `import Martlet` brings besides its own: the types in the signatures of the public API, and nothing that only the engine
// and its inlined kernels use.

// Settings, and the names of things.
@_exported public import MartletCore
// Jobs, their errors, and the listeners.
@_exported public import enum MartletCluster.ClusterError
@_exported public import enum MartletDriver.JobError
@_exported public import protocol MartletDriver.MartletListener
@_exported public import struct MartletDriver.StorageSummary
@_exported public import struct MartletDriver.TaskFailureReport
@_exported public import struct MartletExecutor.RemoteError
@_exported public import struct MartletLineage.NotPortable
@_exported public import struct MartletTasks.AddedFileError
@_exported public import enum MartletTasks.AddedFiles
@_exported public import class MartletTasks.TaskContext
@_exported public import struct MartletTasks.TaskListenerError
@_exported public import MartletStatus
// The compression of files, for `saveAsTextFile`, and the files that were not read.
@_exported public import enum MartletFiles.Codec
@_exported public import struct MartletFiles.PassedOverFile
// The lineage of an RDD as a value.
@_exported public import enum MartletPlan.Dependency
@_exported public import struct MartletPlan.LineageGraph
@_exported public import struct MartletPlan.NarrowDependency
@_exported public import enum MartletPlan.PartitionMapping
@_exported public import enum MartletPlan.PartitionerIdentity
@_exported public import struct MartletPlan.PlanNode
@_exported public import struct MartletPlan.ShuffleDependency
// Keys, and what a key type of the user's own makes its hash of.
@_exported public import protocol MartletShuffle.EngineHashable
@_exported public import func MartletShuffle.combineHashes
@_exported public import func MartletShuffle.doubleHash
@_exported public import func MartletShuffle.doublePrefix
@_exported public import func MartletShuffle.mixBits
@_exported public import func MartletShuffle.stringHash
@_exported public import struct MartletShuffle.KeyHasher
@_exported public import struct MartletShuffle.Pair
@_exported public import enum MartletShuffle.PartitionerError
@_exported public import protocol MartletShuffle.SortPrefixed
@_exported public import struct MartletShuffle.SortPrefixer
@_exported public import protocol MartletShuffle.TotallyOrdered
@_exported public import MartletStatistics
// An application declares its arguments with `@Argument`, `@Option` and `@Flag`.
@_exported public import ArgumentParser
