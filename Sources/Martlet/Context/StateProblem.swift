import MartletCore
import MartletPortable

/// The problem with the states of an accumulator.
///
/// States are copied: each task starts from a copy of the zero, and copies are merged while readers read the originals. Copies
/// that share an object would count each addition several times.
enum StateProblem {
    static func error<State: AccumulatorState>(of zero: State, _ site: CallSite) -> ArgumentError? {
        if State.self is any KeepsElements.Type { return nil }
        guard let object = MutableObject.first(in: zero) ?? MutableObject.first(inType: State.self) else { return nil }
        return ArgumentError(
            operation: "accumulator", callSite: site,
            problem: "states are copied and merged, and all copies would share an object that can change (\(object.path), of class "
                + "\(object.type)). Use a struct of values, collectionAccumulator for objects that are only collected, or aggregate "
                + "for a result that is an object")
    }
}

/// A state that passes elements on and changes none of them.
private protocol KeepsElements {}

extension Collected: KeepsElements {}
