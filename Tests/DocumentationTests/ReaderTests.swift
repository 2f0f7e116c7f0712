import ExampleReader
import Testing

@Suite struct ReaderTests {
    @Test func examplesStandInCommentsOfPublicDeclarations() {
        let file = SourceFile(
            text: """
                /// A number.
                ///
                ///     1 + 1   // 2
                ///
                /// - Parameters:
                ///   - one: a long explanation that
                ///     goes on in the next line
                @frozen
                public struct Number {
                    ///     2
                    ///
                    ///     if true {
                    ///         3
                    ///     }
                    @discardableResult public func two() -> Int { 2 }

                    ///     notRead
                    func hidden() {}
                }

                /// ```text
                /// not Swift
                /// ```
                /// ```swift
                /// 4
                /// ```
                extension Number {}
                """)
        #expect(
            file.examples == [
                Example(line: 3, code: ["1 + 1   // 2"]), Example(line: 10, code: ["2", "", "if true {", "    3", "}"]),
                Example(line: 25, code: ["4"]),
            ])
    }

    @Test func pagesHaveFencedExamplesOnly() {
        let page = "Text\n\n    no example\n\n```swift\n1\n```\n```scala\n2\n```\n```swift manifest\n3\n```\n"
        #expect(Example.find(inPage: page) == [Example(line: 6, code: ["1"])])
    }

    @Test func declarationsKnowTheirPlace() {
        let file = SourceFile(
            text: """
                public protocol Shape {
                    var area: Double { get }
                }
                public enum Side: Int {
                    case left
                    private static let count = 2
                    public static func < (a: Side, b: Side) -> Bool { true }
                }
                extension Side { public var other: Side { self } }
                extension TextLine.UTF8View {
                    @inlinable @inline(__always)
                    public subscript(index: Int) -> Int { 0 }
                    public init(_ text: String) {
                        struct Local {}
                    }
                }
                """)
        let found = file.declarations.map { ($0.declaration.path, $0.declaration.isPublic) }
        let expected = [
            ("Shape", true), ("Shape.area", true), ("Side", true), ("Side.left", true), ("Side.count", false),
            ("Side.<", true), ("Side", false), ("TextLine.UTF8View", false), ("TextLine.UTF8View.subscript", true),
            ("TextLine.UTF8View.init", true),
        ]
        #expect(found.map(\.0) == expected.map(\.0))
        #expect(found.map(\.1) == expected.map(\.1))
    }

    @Test(arguments: [
        (["let a = 1", "a   // 1"], [1, 1]),
        (["a", "    .b()", "    .c()   // 1"], [3]),
        (["a.b { x in", "    x   // no value", "} then: {", "    y", "}   // 1"], [5]),
        (["a {", "}", "then: {", "}", "b"], [4, 1]),
        (["if a {", "}", "else {", "}", "b"], [4, 1]),
        (["let a =", "    b", "c +", "    d"], [2, 2]),
        (["f(", "    \"} \\(g(\")\")) {\", // (", "    b)", "c"], [3, 1]),
        (["let a = \"\"\"", "    { //", "    \"\"\"", "b"], [3, 1]),
        (["@main", "struct A {", "}", "", "// b", "c"], [3, 1, 1]),
    ])
    func statementsEndWhereBracketsClose(code: [String], lengths: [Int]) {
        #expect(Statement.split(code).map { $0.lines.filter { !$0.isEmpty }.count } == lengths)
    }

    @Test(arguments: [
        ("a.count()   // 3", "3"), ("a.count()       //   [\"a\", 2]  ", "[\"a\", 2]"), ("a.count()  // a remark", nil),
        ("let a = 1   // 1", nil), ("a = 2   // 2", nil), ("bins[1] += 2   // 2", nil),
        ("for a in b { a }   // 1", nil), ("// 1", nil), ("f(\"   // 1\")", nil),
        ("try await a.map { $0 == 1 }   // throws JobError", "throws JobError"),
    ])
    func expressionsHaveValues(line: String, value: String?) {
        #expect(Statement.split([line]).first?.expectation == value)
    }

    @Test(arguments: [
        (["let a = 1   // 1", "a   // 1"], [0]), (["a {", "    b   // 1", "}   // 2"], [1]),
        (["a  // 1", "", "// 1"], []),
    ])
    func otherValuesAreStray(code: [String], lines: [Int]) {
        let statements = Statement.split(code)
        #expect(statements.flatMap { statement in statement.strayValues.map { $0 + statement.start } } == lines)
    }

    @Test(arguments: [
        ("let (sum, _) = a", ["sum"]), ("var x: Int = 2", ["x"]), ("let (a, (b, c)) = d", ["a", "b", "c"]),
        ("a = b", []),
    ])
    func bindingsHaveNames(line: String, names: [String]) {
        #expect(Statement.split([line]).first?.boundNames == names)
    }
}
