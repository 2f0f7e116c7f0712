/// Public symbols without an example, and why. A type stands for its members too.
let exceptions: [String: String] = [
    // Public only so that operators can be compiled into the user's module.
    "MartletListener": "its example has one of its methods, and the others are alike",
    "PartitionCursor": "engine", "PartitionExpansion": "engine", "BestElements": "engine", "PendingSegments": "engine",
    "Present": "engine", "TextBlock": "engine", "TextSegmentIterator": "engine",
]
