import MartletCore
import Testing

@Suite struct IdentifierTests {
    @Test func idsOfOneKindAreOrderedByAge() {
        #expect([StageID(2), StageID(0), StageID(1)].sorted() == [StageID(0), StageID(1), StageID(2)])
        #expect(StageID(rawValue: 7) == StageID(7))
        #expect("\(JobID(12))" == "12")
    }

    @Test func callSiteDropsTheModule() {
        #expect("\(CallSite(file: "WordCount/Main.swift", line: 12))" == "Main.swift:12")
        #expect("\(CallSite(file: "Main.swift", line: 1))" == "Main.swift:1")
        #expect("\(CallSite())".hasPrefix("IdentifierTests.swift:"))
    }

    @Test func instantsAddAndSubtractDurations() {
        let later = Instant.zero + .milliseconds(1_500) + .nanoseconds(7)
        #expect(later == Instant(nanoseconds: 1_500_000_007))
        #expect(later - .zero == .milliseconds(1_500) + .nanoseconds(7))
        #expect(Instant.zero - later == .zero - .nanoseconds(1_500_000_007))
        #expect(Instant.zero + .nanoseconds(-3) == Instant(nanoseconds: -3))
        #expect(Instant.zero < later)
    }
}
