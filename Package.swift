// swift-tools-version: 6.2
import PackageDescription

/// Every target: Swift 6, no warnings.
let settings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Targets that are not the data plane also mark every unsafe expression.
let safe = settings + [.strictMemorySafety()]

// One idea per program.
let examples = [
    "WordCount", "Grep", "PageRank", "KMeans", "LogisticRegression", "TeraSort", "Pi", "DebianPackages",
]
let exampleTargets: [Target] =
    [.target(name: "ExampleData", path: "Sources/Examples/ExampleData", swiftSettings: settings)]
    + examples.map { name in
        .executableTarget(
            name: name,
            dependencies: ["Martlet", "ExampleData"],
            path: "Sources/Examples/\(name)", swiftSettings: settings)
    }
    + [
        .testTarget(
            name: "ExamplesTests", dependencies: ["MartletCore", "MartletStatistics"] + examples.map { .byName(name: $0) },
            swiftSettings: settings)
    ]

// Documentation: its examples are tests.
let documented = [
    "Martlet", "MartletCore", "MartletPortable", "MartletPlan", "MartletShuffle", "MartletTasks", "MartletLineage",
    "MartletDriver", "MartletStatistics", "MartletStatus",
]
let documentationTargets: [Target] = [
    .target(name: "ExampleReader", path: "Sources/Documentation/ExampleReader", swiftSettings: safe),
    .executableTarget(
        name: "write-example-tests", dependencies: ["ExampleReader"],
        path: "Sources/Documentation/write-example-tests", swiftSettings: settings),
    .plugin(
        name: "ExampleTests", capability: .buildTool(), dependencies: ["write-example-tests"],
        path: "Sources/Documentation/ExampleTests"),
    .testTarget(
        name: "DocumentationTests", dependencies: ["ExampleReader"] + documented.map { .byName(name: $0) },
        exclude: ["Fixtures"], swiftSettings: settings, plugins: ["ExampleTests"]),
]

let package = Package(
    name: "martlet",
    products: [
        .library(name: "Martlet", targets: ["Martlet"]),
        // For `Benchmarks`, which measures them alone.
        .library(name: "MartletPages", targets: ["MartletPages"]),
        .library(name: "MartletPortable", targets: ["MartletPortable"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
        // The interface of logs: programs choose where lines go.
        .package(url: "https://github.com/apple/swift-log.git", from: "1.6.0"),
        // Sockets and TLS of `MartletNetwork`.
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.0"),
        // `swift package generate-documentation`; a package that depends on Martlet does not see it.
        .package(url: "https://github.com/swiftlang/swift-docc-plugin.git", from: "1.5.0"),
    ],
    targets: [
        // The public API.
        .target(
            name: "Martlet",
            dependencies: [
                "MartletCore", "MartletThreads", "MartletPlan", "MartletStatus", "MartletScheduler", "MartletFiles", "MartletBlocks",
                "MartletShuffle", "MartletTasks", "MartletLineage", "MartletExecutor", "MartletCluster", "MartletDriver", "MartletStatistics",
                "MartletPages", "MartletPortable", "CMartletRuntime",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: settings),
        // C: system libraries and shims.
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CXZ", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"])]),
        .systemLibrary(name: "CBzip2", providers: [.apt(["libbz2-dev"])]),
        .target(name: "CMartletRuntime"),
        // Pure: decisions as values.
        .target(name: "MartletCore", swiftSettings: safe),
        .target(name: "MartletPlan", dependencies: ["MartletCore"], swiftSettings: safe),
        .target(name: "MartletScheduler", dependencies: ["MartletCore", "MartletPlan"], swiftSettings: safe),
        .target(name: "MartletClusterState", dependencies: ["MartletCore"], swiftSettings: safe),
        .target(name: "MartletStatistics", swiftSettings: safe),
        // What happened, as values, and what it amounts to.
        .target(name: "MartletStatus", dependencies: ["MartletCore"], swiftSettings: safe),
        // Threads, what they wait on, and the clock.
        .target(name: "MartletThreads", dependencies: ["MartletCore", "CMartletRuntime"], swiftSettings: settings),
        // Data plane.
        .target(
            name: "MartletFiles", dependencies: ["CMartletRuntime", "CLZ4", "CZstd", "CZlib", "CBzip2", "CXZ"], swiftSettings: safe),
        .target(
            name: "MartletPages", dependencies: ["MartletFiles", "CMartletRuntime", "CLZ4", "CZstd", "CXXHash"],
            exclude: ["FORMAT.md"], swiftSettings: safe),
        .target(name: "MartletPortable", dependencies: ["CMartletRuntime", "CXXHash"], swiftSettings: safe),
        .target(
            name: "MartletBlocks",
            dependencies: [
                "MartletCore", "MartletThreads", "MartletFiles", "MartletPages", "MartletPortable", "CMartletRuntime",
            ], swiftSettings: settings),
        .target(
            name: "MartletShuffle",
            dependencies: [
                "MartletCore", "MartletThreads", "MartletFiles", "MartletPages", "MartletPortable", "MartletBlocks",
                "CMartletRuntime",
            ], swiftSettings: settings),
        // What a running task has around it.
        .target(
            name: "MartletTasks",
            dependencies: [
                "MartletCore", "MartletThreads", "MartletStatus", "MartletScheduler", "MartletPortable", "MartletBlocks",
                "MartletShuffle", "CMartletRuntime",
            ], swiftSettings: settings),
        // Nodes with their programs, and how a partition is opened.
        .target(
            name: "MartletLineage",
            dependencies: [
                "MartletCore", "MartletThreads", "MartletPlan", "MartletPortable", "MartletBlocks", "MartletShuffle", "MartletTasks",
            ], swiftSettings: settings),
        // Runs stages' tasks in slots.
        .target(
            name: "MartletExecutor",
            dependencies: [
                "MartletCore", "MartletThreads", "MartletPlan", "MartletStatus", "MartletScheduler", "MartletPortable",
                "MartletBlocks", "MartletShuffle", "MartletTasks", "MartletLineage", "CMartletRuntime",
            ], swiftSettings: settings),
        // Carries out what the scheduler decides, on threads or on executors.
        .target(
            name: "MartletDriver",
            dependencies: [
                "MartletCore", "MartletThreads", "MartletPlan", "MartletStatus", "MartletScheduler", "MartletPortable",
                "MartletBlocks", "MartletShuffle", "MartletTasks", "MartletLineage", "MartletExecutor", "MartletCluster",
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: settings),
        .target(
            name: "MartletCluster",
            dependencies: [
                "MartletCore", "MartletThreads", "MartletScheduler", "MartletPortable", "MartletBlocks", "MartletShuffle",
                "MartletTasks", "MartletLineage", "MartletExecutor", "MartletClusterState", "MartletClusterClient", "MartletNetwork",
                "MartletFiles", "CMartletRuntime", .product(name: "NIOCore", package: "swift-nio"),
            ], swiftSettings: settings),
        // Between processes.
        .target(
            name: "MartletNetwork",
            dependencies: [
                "MartletCore", "MartletFiles",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ], exclude: ["FRAMES.md"], swiftSettings: safe),
        // What processes of a cluster say to each other, and how files get from one to another.
        .target(
            name: "MartletClusterClient",
            dependencies: [
                "MartletCore", "MartletThreads", "MartletClusterState", "MartletNetwork", "MartletFiles", "CMartletRuntime",
                .product(name: "NIOCore", package: "swift-nio"),
            ], swiftSettings: safe),
        // Masters and workers: perform what `MartletClusterState` decides.
        .target(
            name: "MartletDaemon",
            dependencies: [
                "MartletCore", "MartletThreads", "MartletClusterState", "MartletClusterClient", "MartletNetwork", "MartletFiles",
                "CMartletRuntime", .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: safe),
        // Tests.
        .testTarget(name: "MartletCoreTests", dependencies: ["MartletCore"], swiftSettings: settings),
        .testTarget(name: "MartletPlanTests", dependencies: ["MartletPlan", "MartletCore"], swiftSettings: settings),
        .testTarget(
            name: "MartletSchedulerTests", dependencies: ["MartletScheduler", "MartletPlan", "MartletCore", "MartletStatistics"],
            swiftSettings: settings),
        .testTarget(
            name: "MartletClusterStateTests", dependencies: ["MartletClusterState", "MartletCore"], swiftSettings: settings),
        .testTarget(
            name: "MartletStatusTests", dependencies: ["MartletStatus", "MartletCore"], swiftSettings: settings),
        // A driver and its executors in one thread, over a network that fails.
        .target(
            name: "MartletTestKit",
            dependencies: ["MartletScheduler", "MartletClusterState", "MartletPlan", "MartletCore", "MartletStatistics"],
            path: "Tests/MartletTestKit", swiftSettings: settings),
        // What an event costs a master of a large cluster.
        .executableTarget(
            name: "cluster-cost", dependencies: ["MartletClusterState", "MartletCore", "MartletStatistics"],
            path: "Tests/ClusterCost", swiftSettings: settings),
        .testTarget(
            name: "MartletTestKitTests", dependencies: ["MartletTestKit"], swiftSettings: settings),
        .testTarget(
            name: "MartletStatisticsTests", dependencies: ["MartletStatistics"], swiftSettings: settings),
        // What malloc says about itself.
        .systemLibrary(name: "CMallocStatistics", path: "Tests/CMallocStatistics"),
        // Sends closures of many shapes to another process of itself.
        .target(name: "ClosureLibrary", path: "Tests/ClosureLibrary", swiftSettings: settings),
        .executableTarget(
            name: "portable-closures", dependencies: ["MartletPortable", "ClosureLibrary"],
            path: "Tests/PortableClosures", swiftSettings: settings),
        .testTarget(
            name: "MartletPortableTests",
            dependencies: [
                "MartletPortable", "MartletStatistics", "CMallocStatistics", "CXXHash", "ChildProgram", "portable-closures",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "MartletFilesTests",
            dependencies: [
                "MartletFiles", "MartletStatistics", "TestFileSystems", "CLZ4", "CZstd", "CZlib", "CBzip2", "CXZ",
            ], swiftSettings: settings),
        // File systems besides that of the machine: one in memory, and one that looks like a cluster's.
        .target(name: "CTestFileSystems", dependencies: ["CMartletRuntime"], path: "Tests/CTestFileSystems"),
        .target(
            name: "TestFileSystems", dependencies: ["MartletFiles", "CTestFileSystems"], path: "Tests/TestFileSystems",
            swiftSettings: settings),
        .target(name: "ChildProgram", path: "Tests/ChildProgram", swiftSettings: settings),
        // Files, waiting, gates and rows, for tests of tasks in this process and in others.
        .target(
            name: "TestSupport", dependencies: ["MartletNetwork", "MartletBlocks"], path: "Tests/TestSupport",
            swiftSettings: settings),
        // Writes pages in a process of its own, which the tests kill and starve.
        .executableTarget(
            name: "page-writer", dependencies: ["MartletPages"], path: "Tests/PageWriter", swiftSettings: settings),
        .testTarget(
            name: "MartletPagesTests",
            dependencies: ["MartletPages", "MartletFiles", "MartletStatistics", "ChildProgram", "page-writer"],
            swiftSettings: settings),
        // Runs a job that spills in a process of its own, which the tests starve.
        .executableTarget(
            name: "spilling-job", dependencies: ["Martlet"], path: "Tests/SpillingJob", swiftSettings: settings),
        // Jobs in processes of their own: one that changes directory, one whose standard error a test reads, one that the tests
        // end by signals and starve, one whose memory is measured.
        .executableTarget(name: "moving-job", dependencies: ["Martlet"], path: "Tests/MovingJob", swiftSettings: settings),
        .executableTarget(name: "lenient-job", dependencies: ["Martlet"], path: "Tests/LenientJob", swiftSettings: settings),
        .executableTarget(name: "ending-job", dependencies: ["Martlet"], path: "Tests/EndingJob", swiftSettings: settings),
        .executableTarget(name: "memory-job", dependencies: ["Martlet"], path: "Tests/MemoryJob", swiftSettings: settings),
        .testTarget(
            name: "MartletTests",
            dependencies: [
                "ChildProgram", "TestSupport", "TestFileSystems", "spilling-job", "moving-job", "lenient-job", "ending-job", "memory-job", "Martlet",
                "MartletCore", "MartletThreads", "MartletPortable", "MartletPlan", "MartletStatus", "MartletScheduler", "MartletFiles",
                "MartletPages", "MartletBlocks", "MartletShuffle", "MartletTasks", "MartletLineage", "MartletExecutor",
                "MartletDriver", "MartletStatistics",
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: settings),
        // A peer in a process of its own, which the tests stop and kill.
        .executableTarget(
            name: "network-peer", dependencies: ["MartletNetwork"], path: "Tests/NetworkPeer", swiftSettings: settings),
        .testTarget(
            name: "MartletNetworkTests",
            dependencies: [
                "MartletNetwork", "MartletCore", "MartletStatistics", "ChildProgram", "network-peer",
                .product(name: "NIOCore", package: "swift-nio"),
            ], swiftSettings: settings),
        // Real executors, which the tests kill; and a driver of some, which they kill too.
        .executableTarget(name: "cluster-driver", dependencies: ["Martlet"], path: "Tests/ClusterDriver", swiftSettings: settings),
        .testTarget(
            name: "ClusterTests",
            dependencies: [
                "Martlet", "MartletCluster", "MartletClusterClient", "MartletClusterState", "MartletCore", "MartletTasks", "MartletLineage", "MartletExecutor", "MartletDriver",
                "MartletNetwork", "MartletPortable", "MartletScheduler", "MartletThreads", "MartletDaemon", "ChildProgram", "TestSupport",
                "cluster-driver", "ending-job", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "MartletClusterTests",
            dependencies: [
                "Martlet", "MartletCluster", "MartletClusterClient", "MartletClusterState", "MartletCore", "MartletThreads", "MartletPlan", "MartletPortable", "MartletBlocks",
                "MartletStatus", "MartletScheduler", "MartletShuffle", "MartletTasks", "MartletLineage", "MartletExecutor",
                "MartletDriver", "MartletNetwork", "MartletPages", "MartletStatistics", "TestSupport",
            ], swiftSettings: settings),
        .testTarget(
            name: "MartletClusterClientTests",
            dependencies: [
                "MartletClusterClient", "MartletClusterState", "MartletCore", "MartletNetwork", "MartletStatistics", "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
            ], swiftSettings: settings),
        // Masters and workers on loopback, with real processes; and a worker in a process of its own, which a test kills.
        .executableTarget(
            name: "lone-worker",
            dependencies: [
                "MartletDaemon", "MartletClusterState", "MartletClusterClient", .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/LoneWorker", swiftSettings: settings),
        .testTarget(
            name: "MartletDaemonTests",
            dependencies: [
                "MartletDaemon", "MartletClusterClient", "MartletClusterState", "MartletCore", "MartletThreads", "MartletNetwork",
                "MartletStatistics", "ChildProgram", "TestSupport", "lone-worker", .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ], swiftSettings: settings),
        // Publishes map outputs in a process of its own, which the tests kill and starve.
        .executableTarget(
            name: "map-output-writer", dependencies: ["MartletShuffle", "MartletBlocks", "MartletThreads", "MartletCore"],
            path: "Tests/MapOutputWriter", swiftSettings: settings),
        .testTarget(
            name: "MartletShuffleTests",
            dependencies: [
                "MartletShuffle", "MartletBlocks", "MartletThreads", "MartletPages", "MartletCore", "MartletStatistics",
                "ChildProgram", "TestSupport", "map-output-writer",
            ], swiftSettings: settings),
        .testTarget(
            name: "MartletBlocksTests",
            dependencies: [
                "MartletBlocks", "MartletThreads", "MartletFiles", "MartletPages", "MartletPortable", "MartletCore",
                "MartletStatistics", "TestSupport",
            ],
            swiftSettings: settings),
    ] + exampleTargets + documentationTargets,
    swiftLanguageModes: [.v6]
)

// The command `martlet`, with which clusters are run: `sbin/` builds it. Programs that use the engine do not need it, and its
// database would be fetched with them.
if Context.environment["MARTLET_CLUSTER"] != nil {
    package.dependencies.append(.package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"))
    package.products.append(.executable(name: "martlet", targets: ["martlet"]))
    package.targets += [
        .testTarget(
            name: "MartletClusterStoreTests",
            dependencies: [
                "MartletClusterStore", "MartletDaemon", "MartletClusterState", "MartletCore", "MartletStatistics",
            ], swiftSettings: settings),
        // What a master must remember, in SQLite.
        .target(
            name: "MartletClusterStore",
            dependencies: [
                "MartletClusterState", "MartletDaemon", "MartletClusterClient", .product(name: "GRDB", package: "GRDB.swift"),
            ], swiftSettings: settings),
        .executableTarget(
            name: "martlet",
            dependencies: [
                "MartletCore", "MartletThreads", "MartletClusterState", "MartletClusterClient", "MartletDaemon", "MartletClusterStore",
                "MartletNetwork", "CMartletRuntime", .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
            ], swiftSettings: settings),
    ]
}

// What decides and does nothing, alone: `sbin/test --pure` builds and tests it in seconds.
if Context.environment["MARTLET_PURE"] != nil {
    let pure = [
        "MartletCore", "MartletPlan", "MartletStatus", "MartletScheduler", "MartletClusterState", "MartletStatistics",
        "MartletTestKit", "cluster-cost",
    ]
    package.targets.removeAll { target in !pure.contains { target.name == $0 || target.name == $0 + "Tests" } }
    (package.products, package.dependencies) = ([], [])
}
