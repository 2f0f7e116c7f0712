import MartletPortable
import Testing

extension StepTests {
    /// Objects keep their identity, and handles their meaning.
    @Suite struct GraphObjectTests {
        @Test func objectsTravelByTheirProperties() throws {
            let factor = 3 + Step.living * 0
            let step = NamedStep((1, "label"), { $0 * factor })
            step.name = "renamed"
            let made = try copy(step)
            #expect(made !== step)
            #expect(made.name == "renamed" && made.label == (1, "label") && made.run(5) == 15)
        }

        @Test func theTypeOfAnObjectIsKept() throws {
            let step: Step = NamedStep(["a": 1.5], { $0 })
            let made = try copy(step)
            #expect((made as? NamedStep<[String: Double]>)?.label == ["a": 1.5])
        }

        @Test func whatIsSharedArrivesAsOne() throws {
            let step = Step("shared", { $0 + 1 })
            let both: [() -> Step] = [{ step }, { step }]
            let made = try copy((both, step, [step]))
            #expect(made.0[0]() === made.1 && made.0[1]() === made.1 && made.2[0] === made.1)
        }

        @Test func circlesAreKept() throws {
            let before = Step.living
            do {
                let (first, second) = (Step("first", { $0 }), Step("second", { $0 * 2 }))
                (first.next, second.next) = (second, first)
                let made = try copy(first)
                #expect(made.next?.name == "second" && made.next?.next === made)
                // A function that refers to its own object.
                let own = NamedStep(0, { $0 })
                own.run = { own.others.count + $0 }
                own.others = [own, first]
                let copied = try copy(own)
                #expect(copied.others[0] === copied && copied.run(1) == 3)
                for step in [first, made, own, copied, copied.others[1]] {
                    step.next = nil
                    step.run = { $0 }
                }
                (own.others, copied.others) = ([], [])
            }
            #expect(Step.living == before)
        }

        @Test func nothingIsLeaked() throws {
            let before = Step.living
            for _ in 0..<10 {
                let step = NamedStep([Step("inner", { $0 })], { $0 })
                _ = try copy({ (x: Int) in step.run(x) + step.label.count })
                _ = try copy([step, step])
            }
            #expect(Step.living == before)
        }

        @Test func handlesTravelInAnotherForm() throws {
            let session = PortableSession(userInfo: Tables())
            let handle = TableHandle(tables: Tables(), number: 7)
            let made = try copy({ (x: Int) in (handle.tables, handle.number + x) }, in: session)
            #expect(made(1).1 == 8 && made(1).0 === session.userInfo)
            #expect(throws: PortableError.self) { try copy(handle) }
        }

        @Test func aHandleSaysWhyItStays() throws {
            let handle = TableHandle(tables: Tables(), number: -1)
            #expect(refusal({ (x: Int) in handle.number + x }) == "capture 0: a TableHandle cannot travel: tables stay here")
        }

        @Test func handlesThatAreObjectsAreMadeOnce() throws {
            let number = Step.living + 2
            let service = Service({ $0 + number })
            let made = try copy((service, { service.run($0) } as (Int) -> Int, [service]))
            #expect(made.0 === made.2[0] && made.0.run(1) == number + 1 && made.1(2) == number + 2)
        }

        @Test func codableObjectsInClosuresArriveAsOne() throws {
            let living = Living(5)
            let made = try copy([{ living }, { living }] as [() -> Living])
            #expect(made[0]() === made[1]() && made[0]().name == 5)
        }

        /// A cut graph with a correct checksum: all objects made before the end are released.
        @Test func cutGraphsLeaveNothingBehind() throws {
            let before = Step.living
            do {
                let step = NamedStep([Step("inner", { $0 })], { $0 })
                step.next = step.label[0]
                let bytes = try GraphCoder.encode([step, step]).bytes
                for length in 4..<(bytes.count - 8) {
                    #expect(throws: PortableError.self) {
                        try GraphCoder.decode(
                            [NamedStep<[Step]>].self, from: sealed(Array(bytes[..<length])), sharedValues: { _ in [] })
                    }
                }
            }
            #expect(Step.living == before)
        }
    }
}
