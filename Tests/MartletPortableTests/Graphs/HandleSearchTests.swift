import MartletPortable
import Testing

/// Handles that must not be captured are found wherever they are, without encoding.
@Suite struct HandleSearchTests {
    private static let bad = TableHandle(tables: Tables(), number: -1)
    private static let good = TableHandle(tables: Tables(), number: 1)

    /// A class that cannot travel, and is not searched.
    private final class Socket {
        let handle: TableHandle
        init(_ handle: TableHandle) { self.handle = handle }
    }

    private struct Plan {
        var name = "plan"
        var handle: TableHandle
    }

    /// A handle of plain bits, as of a file that is open.
    private struct Descriptor: PortableHandle {
        struct Refusal: Error {}

        let number: Int

        func checkCapture() throws { if number < 0 { throw Refusal() } }
        func form(in session: PortableSession) -> Int { number }
        static func make(from form: Int, in session: PortableSession) -> Descriptor { Descriptor(number: form) }
    }

    private enum Choice {
        case none
        case plan(Plan)
        case named(String, TableHandle)
        case number(Int)
    }

    private protocol Holder { var handle: TableHandle { get } }
    private struct Wide: Holder {
        var a = 1, b = 2, c = 3
        var handle: TableHandle
    }

    private static func problem<Root>(_ root: Root) -> String? {
        do {
            try HandleSearch.check(root)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Each closure is made twice: with a handle that may be captured and with one that may not.
    private static func functions(_ handle: TableHandle) -> [String: (Int) -> Int] {
        let socket = Socket(good)
        let plan = Plan(handle: handle)
        let wide = Wide(handle: handle)
        let (some, any, holder): (TableHandle?, Any, any Holder) = (handle, plan, wide)
        let (list, table) = ([1: plan], [[handle], []])
        let (first, second, third) = (Choice.plan(plan), Choice.named("a", handle), Choice.number(handle.number))
        let direct: (Int) -> Int = { $0 + handle.number }
        let step = NamedStep(plan, { $0 })
        let last = NamedStep(1, { $0 })
        last.next = step
        func generic<Value>(_ value: Value) -> (Int) -> Int { { "\(value)".utf8.count + $0 } }
        func number(_ choice: Choice) -> Int { if case .none = choice { 0 } else { 1 } }
        return [
            "alone": direct,
            "beside what cannot travel": { $0 + handle.number + socket.handle.number },
            "in a struct": { $0 + plan.handle.number },
            "in an optional": { $0 + (some?.number ?? 0) },
            "in a list": { $0 + table[0][0].number },
            "in a dictionary": { $0 + (list[1]?.handle.number ?? 0) },
            "in an Any": { $0 + ((any as? Plan)?.handle.number ?? 0) },
            "in an existential": { $0 + holder.handle.number },
            "in the first case": { $0 + number(first) },
            "in another case": { $0 + number(second) },
            "in a closure": { direct($0) + 1 },
            "in closures": { x in [direct, { $0 }].reduce(x) { $1($0) } },
            "in a generic value": generic((1, plan)),
            "in an object of the engine's": { step.run($0) + step.label.handle.number },
            "in the next object": { last.run($0) },
            "in no case": { $0 + number(third) },
        ]
    }

    @Test func searchKnowsThisCompiler() throws { try HandleSearch.selfCheck() }

    @Test func handlesAreFoundWhereverTheyAre() {
        for (name, function) in Self.functions(Self.good) { #expect(Self.problem(function) == nil, "\(name)") }
        for _ in 0..<2 {
            for (name, function) in Self.functions(Self.bad) where name != "in no case" {
                #expect(Self.problem(function)?.contains("tables stay here") == true, "\(name)")
            }
        }
    }

    @Test func handlesOfPlainBits() {
        func problem(_ number: Int) -> [String?] {
            let (alone, named) = (Descriptor(number: number), (name: "a file", descriptor: Descriptor(number: number)))
            let list = [named]
            return [
                Self.problem({ (x: Int) in x + alone.number }),
                Self.problem({ (x: Int) in x + named.descriptor.number + named.name.utf8.count }),
                Self.problem({ (x: Int) in x + list[0].descriptor.number }),
            ]
        }
        #expect(problem(1).allSatisfy { $0 == nil })
        #expect(problem(-1).allSatisfy { $0 != nil })
    }

    @Test func whatHoldsNoHandleAtTheMomentMayBeCaptured() {
        let (none, empty): (Plan?, [TableHandle]) = (nil, [])
        #expect(Self.problem({ (x: Int) in (none?.handle.number ?? x) + empty.count }) == nil)
        #expect(Self.problem(Self.functions(Self.bad)["in no case"]) == nil)
    }

    /// One closure whose captures' types follow from the classes of the objects in it.
    @Test func typesFollowFromObjects() {
        func labels<First, Second>(_ first: NamedStep<First>, _ second: NamedStep<Second>) -> (Int) -> Int {
            { first.run($0) + second.run($0) + "\(first.label)\(second.label)".utf8.count }
        }
        let (none, name, good) = (NamedStep(1, { $0 }), NamedStep("a", { $0 }), NamedStep([Self.good], { $0 }))
        let bad = NamedStep([Self.bad], { $0 })
        for _ in 0..<2 {
            #expect(Self.problem(labels(none, none)) == nil)
            #expect(Self.problem(labels(none, good)) == nil)
            #expect(Self.problem(labels(none, bad)) != nil)
            #expect(Self.problem(labels(good, name)) == nil)
            #expect(Self.problem(labels(bad, name)) != nil)
            #expect(Self.problem(labels(name, none)) == nil)
        }
    }

    @Test func theWayToItIsNamed() {
        let plan = Plan(handle: Self.bad)
        let list = [1, 2]
        let inner: (Int) -> Int = { $0 + plan.handle.number }
        let problem = Self.problem({ (x: Int) in inner(x) + list.count })
        #expect(problem == "capture 0.handle: a TableHandle cannot travel: tables stay here", "\(problem ?? "none")")
    }

    @Test func circlesEnd() {
        let (first, second) = (Step("first", { $0 }), NamedStep([Self.good], { $0 }))
        (first.next, second.next) = (second, first)
        first.run = { second.run($0) }
        #expect(Self.problem(first) == nil)
        second.label = [Self.bad]
        #expect(Self.problem(first) != nil)
        (first.next, second.next, first.run) = (nil, nil, { $0 })
    }

    @Test func deepNestingEnds() {
        var function: (Int) -> Int = { $0 }
        for _ in 0..<2_000 {
            let inner = function
            function = { inner($0) + 1 }
        }
        #expect(Self.problem(function) == nil)
        // Released one after the other.
        withExtendedLifetime(function) {}
    }
}
