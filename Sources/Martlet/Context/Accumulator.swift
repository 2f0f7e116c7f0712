public import MartletCore
public import MartletPortable
public import MartletTasks
import Synchronization

/// Collects values from tasks, beside a job's result: counts, sums, lists, or a user-defined state.
///
///     let lines = context.parallelize(["7", "x", "9", ""], partitions: 2)
///     let bad = context.longAccumulator("bad lines")
///     try await lines.foreach { if Int($0) == nil { bad.add(1) } }
///     bad.value   // 2
///
/// The additions of a task count when the task succeeds, so each partition of an action counts once. In a transformation,
/// additions count each time that the partition is computed. The order of the tasks is not specified.
///
/// Functions of a state run under no lock: a slow one delays its own task, or the reader that merges the states of tasks. They
/// may use any accumulator.
///
/// - Invariant: D2
public final class Accumulator<State: AccumulatorState>: Sendable {
    /// Unique in the process.
    public let id: AccumulatorID
    /// Shown to listeners and people.
    public let name: String?
    /// The state that every task starts from, and that `reset` restores.
    public let zero: State
    /// Why the accumulator was refused; nil if it was not.
    private let problem: ArgumentError?
    private let states = Mutex(PartialStates<State>())

    init(_ zero: State, name: String?, problem: ArgumentError? = nil) {
        id = AccumulatorID(nextAccumulatorID.wrappingAdd(1, ordering: .relaxed).newValue)
        self.name = name
        self.zero = zero
        self.problem = problem
    }

    /// Its counterpart in another process.
    fileprivate init(_ form: AccumulatorForm<State>) {
        (id, name, zero, problem) = (form.id, form.name, form.zero, nil)
    }

    /// Adds to the task's own copy or, outside of tasks, to the value itself.
    ///
    ///     let words = context.collectionAccumulator(of: String.self)
    ///     words.add("one")
    ///     words.value   // ["one"]
    @inlinable @inline(__always)
    public func add(_ input: State.Input) {
        if let update = taskUpdate() { update.state.add(input) } else { addOutsideOfTasks(input) }
    }

    /// The same as `add`.
    ///
    ///     let bad = context.longAccumulator("bad lines")
    ///     try await context.parallelize(["7", "x"], partitions: 2).foreach { if Int($0) == nil { bad += 1 } }
    ///     bad.value   // 1
    // So that compiler errors about other uses of `+=` do not mention accumulators.
    @_disfavoredOverload
    @inlinable @inline(__always)
    public static func += (accumulator: Accumulator, input: State.Input) { accumulator.add(input) }

    @usableFromInline
    func addOutsideOfTasks(_ input: State.Input) {
        if problem != nil { return }
        var state = zero
        state.add(input)
        leave(state)
        settle()
    }

    /// The running task's own copy; nil outside of tasks, and for a refused accumulator, which fails the task at its end.
    @usableFromInline
    func taskUpdate() -> TaskUpdate<State>? {
        if let latest = TaskContext.latestUpdate(of: id) {
            return unsafeDowncast(latest.takeUnretainedValue(), to: TaskUpdate<State>.self)
        }
        guard let task = TaskContext.current else { return nil }
        if let problem {
            task.failAtEnd(problem)
            return nil
        }
        return unsafeDowncast(task.update(of: id) { TaskUpdate(self, zero) }, to: TaskUpdate<State>.self)
    }

    /// The value accumulated by successful tasks. Read it outside of tasks.
    public var value: State.Value { state.value }

    /// Resets the state to `zero`.
    ///
    ///     let count = context.longAccumulator()
    ///     count.add(3)
    ///     count.reset()
    ///     count.value   // 0
    public func reset() {
        let removed = states.withLock { $0.removeAll() }
        withExtendedLifetime(removed) {}
    }

    /// The current state, which may offer more than the value.
    public var state: State {
        let snapshot = states.withLock { $0.snapshot }
        guard var merged = snapshot.states.first else { return zero }
        if snapshot.states.count == 1 { return merged }
        for state in snapshot.states.dropFirst() { merged.merge(state) }
        let replaced = states.withLock { $0.replace(snapshot, by: merged) }
        withExtendedLifetime(replaced) {}
        return merged
    }

    /// Called under the driver's lock, so it calls no function of the user.
    fileprivate func leave(_ state: State) { states.withLock { $0.add(state) } }

    /// Merges the pending states that no other thread is merging.
    fileprivate func settle() {
        while let pair = states.withLock({ $0.takePair() }) {
            var merged = pair.first
            merged.merge(pair.second)
            let replaced = states.withLock { $0.replace(pair, by: merged) }
            withExtendedLifetime(replaced) {}
        }
    }
}

/// Ids are unique in the process, since a task may use accumulators of several contexts.
private let nextAccumulatorID = Atomic<Int>(0)

/// The additions of one task so far.
// Used by one thread after the other, as the protocol says.
@usableFromInline
final class TaskUpdate<State: AccumulatorState>: AccumulatorUpdate, @unchecked Sendable {
    private let accumulator: Accumulator<State>
    @usableFromInline var state: State

    init(_ target: Accumulator<State>, _ state: State) {
        accumulator = target
        self.state = state
    }

    var target: AccumulatorID { accumulator.id }
    func commit() { accumulator.leave(state) }
    func settle() { accumulator.settle() }
    func encoded() throws -> [UInt8] { try ValueCoder.of(State.self).bytes(of: [state]) }
}

/// The form in which an accumulator is sent to an executor.
public struct AccumulatorForm<State: AccumulatorState>: Sendable {
    let id: AccumulatorID
    let name: String?
    let zero: State
}

extension Accumulator: PortableHandle, RemoteAccumulator {
    public func form(in session: PortableSession) throws -> AccumulatorForm<State> {
        if let problem { throw problem }
        _ = SharedVariables.of(session)?.accumulator(id) { self }
        return AccumulatorForm(id: id, name: name, zero: zero)
    }

    public func checkCapture() {}

    public static func make(from form: AccumulatorForm<State>, in session: PortableSession) throws -> Accumulator {
        SharedVariables.of(session)?.accumulator(form.id) { Accumulator(form) } ?? Accumulator(form)
    }

    package func update(_ bytes: [UInt8]) throws -> any AccumulatorUpdate {
        TaskUpdate(self, try ValueCoder.of(State.self).values(of: State.self, count: 1, in: bytes)[0])
    }
}
