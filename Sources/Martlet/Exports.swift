// What `import Martlet` brings along: the values of the field that the public API speaks of.
@_exported public import MartletCore
@_exported public import MartletExecutor
// How files are compressed, for `saveAsTextFile`, and which were not read.
@_exported public import enum MartletFiles.Codec
@_exported public import struct MartletFiles.PassedOverFile
@_exported public import MartletPlan
@_exported public import MartletShuffle
@_exported public import MartletStatistics
// An application declares its arguments with `@Argument`, `@Option` and `@Flag`.
@_exported public import ArgumentParser
