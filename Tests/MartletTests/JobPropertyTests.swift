import Martlet
import TestSupport
import Testing

/// Groups, descriptions, tags and local properties of scopes.
@Suite struct JobPropertyTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[2]") }

    /// The properties of a job called here, according to its summary and to its task.
    private func seen() async throws -> JobProperties {
        let known = Set(context.statusTracker.jobIDs(forGroup: context.jobProperties.group))
        let local = try await context.range(0, 1, partitions: 1).map { _ in
            TaskContext.current.map { task in ["a", "b"].map { task.localProperty($0) ?? "-" } } ?? []
        }.collect()
        let job = try #require(context.statusTracker.jobIDs(forGroup: context.jobProperties.group).first { !known.contains($0) })
        let properties = try #require(context.statusTracker.jobInfo(job)).properties
        #expect(local == [["a", "b"].map { properties.local[$0] ?? "-" }])
        #expect(properties == context.jobProperties)
        return properties
    }

    @Test func outsideOfScopes() async throws {
        #expect(try await seen() == JobProperties())
        #expect(context.localProperty("a") == nil)
    }

    @Test func scopesNest() async throws {
        try await context.withJobGroup("g", description: "outer") {
            try await context.withJobTags("x", "y") {
                try await context.withLocalProperty("a", "1") {
                    #expect(
                        try await seen()
                            == JobProperties(group: "g", description: "outer", tags: ["x", "y"], local: ["a": "1"]))
                    let tagged = try await context.withJobTags("z", "x") { try await seen() }
                    #expect(tagged.tags == ["x", "y", "z"])
                    try await context.withJobGroup("h") {
                        let inner = try await seen()
                        #expect(inner.group == "h" && inner.description == nil && inner.tags == ["x", "y"])
                    }
                    try await context.withJobDescription("inner") {
                        let inner = try await seen()
                        #expect(inner.group == "g" && inner.description == "inner")
                    }
                    let changed = try await context.withLocalProperty("a", nil) {
                        try await context.withLocalProperty("b", "2") { try await seen() }
                    }
                    #expect(changed.local == ["b": "2"])
                    #expect(context.localProperty("a") == "1")
                }
            }
            #expect(try await seen() == JobProperties(group: "g", description: "outer"))
        }
        #expect(try await seen() == JobProperties())
    }

    @Test func scopesEndWithAnError() async throws {
        #expect(await failure { try await context.withJobGroup("g") { () async throws -> Void in throw Refusal(value: 1) } } is Refusal)
        #expect(context.jobProperties == JobProperties())
    }

    @Test func childTasksInheritAndDoNotShare() async throws {
        try await context.withLocalProperty("a", "parent") { () async throws -> Void in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<20 {
                    group.addTask {
                        #expect(context.localProperty("a") == "parent")
                        try await context.withLocalProperty("a", "\(index)") {
                            let value = try await context.range(0, 1, partitions: 1).map { _ in
                                TaskContext.current?.localProperty("a") ?? "-"
                            }.first()
                            #expect(value == "\(index)")
                        }
                        #expect(context.localProperty("a") == "parent")
                    }
                }
                try await group.waitForAll()
            }
            let unstructured = Task { context.localProperty("a") }
            #expect(await unstructured.value == "parent")
            #expect(context.localProperty("a") == "parent")
        }
    }

    @Test func contextsDoNotShare() async throws {
        let other = try makeContext("local")
        defer { other.stop() }
        await context.withJobGroup("g") {
            #expect(other.jobProperties == JobProperties())
            await other.withJobGroup("h") {
                #expect(context.jobProperties.group == "g" && other.jobProperties.group == "h")
            }
        }
    }

    @Test func mapTasksSeeThemToo() async throws {
        let seen = try await context.withLocalProperty("a", "1") {
            try await context.range(0, 4, partitions: 2).map { value in
                (value % 2, TaskContext.current?.localProperty("a") ?? "-")
            }.reduceByKey { left, _ in left }.values().collect()
        }
        #expect(seen == ["1", "1"])
    }
}
