/// Public symbols without an example, with reasons. A type includes its members.
let exceptions: [String: String] = [
    // Public only so that operators can be compiled into the user's module.
    "PartitionCursor": "engine", "AnyPartitionCursor": "engine", "PartitionExpansion": "engine",
    "SamplingState": "engine", "BestElements": "engine", "PendingSegments": "engine",
    "Present": "engine", "TextBlock": "engine", "TextSegmentIterator": "engine",
    "Words": "what words() makes", "Fields": "what fields(separator:) makes", "nearest": "words error messages",
    "TextLine.withPaddedUTF8": "engine", "TextLine.encode": "called by encoders",
    // Numbers that identify things.
    "RDDID": "as Identifier", "ShuffleID": "as Identifier", "StageID": "as Identifier", "JobID": "as Identifier",
    "TaskID": "as Identifier", "BroadcastID": "as Identifier", "AccumulatorID": "as Identifier",
    // Types for the transport of handles.
    "Accumulator.checkCapture": "engine", "Broadcast.checkCapture": "engine", "Accumulator.form": "engine", "Accumulator.make": "engine", "AccumulatorForm": "engine", "Broadcast.form": "engine",
    "Broadcast.make": "engine", "BroadcastForm": "engine", "MartletContext.form": "engine", "MartletContext.make": "engine",
    "RDD.form": "engine", "RDD.make": "engine",
    "ExecutorID": "as Identifier", "BlockID": "engine",
    // Shown by the type's example.
    "MartletApp.main": "@main calls it", "InvalidTextError": "text that is not UTF-8 cannot stand in an example",
    "PartitionerError": "as JobError", "ConfigurationFileError": "needs a file that cannot be read",
    "BernoulliSampler.isInCell": "for kernels", "BernoulliSampler.nextGap": "for kernels",
    "PoissonSampler.nextCountAfterGap": "for kernels",
    "LocalElements.Iterator": "as LocalElements", "ChangedCountError": "needs an RDD that is different each time",
]
