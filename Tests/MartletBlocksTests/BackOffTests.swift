import MartletBlocks
import MartletThreads
import Testing

@Suite struct BackOffTests {
    @Test func aCancelledTaskDoesNotWait() {
        let backOff = BackOff()
        let flag = CancellationFlag()
        let waits = Monitor(false)
        startDetachedThread("waits", stackBytes: 1 << 18) {
            // An hour.
            backOff.pause(3_600_000, flag)
            waits.change(waking: .max) { $0 = true }
        }
        // The end of another task does not end the wait.
        backOff.wake()
        flag.cancel()
        #expect(
            waits.wait(atMost: .seconds(60)) { hasEnded in
                backOff.wake()
                return hasEnded ? () : nil
            } != nil)
        backOff.pause(3_600_000, flag)
    }

    @Test func theTimeIsOver() { BackOff().pause(1, CancellationFlag()) }
}
