// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that users of Martlet never build it.
let settings: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
    name: "martlet-benchmarks",
    dependencies: [.package(name: "martlet", path: "..")],
    targets: [
        .executableTarget(
            name: "jobs", dependencies: [.product(name: "Martlet", package: "martlet")], swiftSettings: settings),
        .executableTarget(
            name: "micro",
            dependencies: [
                .product(name: "Martlet", package: "martlet"), .product(name: "MartletPages", package: "martlet"),
                .product(name: "MartletPortable", package: "martlet"),
            ], swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
