import MartletClusterClient
import MartletNetwork
import MartletThreads

/// What a master daemon has to handle, in the order of its arrival.
enum MasterInput: Sendable {
    case connected(MasterConnection)
    case message(MasterMessage, from: MasterConnection)
    case closed(MasterConnection)
    case overview(NetworkAnswer)
    case becameLeader
    case lostLeadership(reason: String)
    case tick
    case stop
}

/// Takes inputs from any thread and hands them to the daemon's thread in batches.
///
/// What members send is limited; the rest is as many as there are connections, and one tick.
final class MasterInbox: Sendable {
    private let limits: MasterLimits
    private let state = Monitor(State())

    private struct State: Sendable {
        var inputs: [(input: MasterInput, bytes: Int)] = []
        var (messageCount, messageBytes) = (0, 0)
        var hasTick = false
    }

    init(_ limits: MasterLimits) { self.limits = limits }

    func post(_ input: MasterInput) {
        state.change(waking: 1) { state in
            if case .tick = input {
                if state.hasTick { return }
                state.hasTick = true
            }
            state.inputs.append((input, 0))
        }
    }

    /// - Returns: false if there is no room.
    func post(_ message: MasterMessage, bytes: Int, from connection: MasterConnection) -> Bool {
        var isTaken = false
        state.change(waking: 1) { state in
            guard state.messageCount < limits.maxWaitingMessages, state.messageBytes + bytes <= limits.maxWaitingBytes else { return }
            isTaken = true
            state.messageCount += 1
            state.messageBytes += bytes
            state.inputs.append((.message(message, from: connection), bytes))
        }
        return isTaken
    }

    /// Waits for inputs.
    /// - Returns: at most so many
    func take(atMost most: Int) -> [MasterInput] {
        state.wait { state in
            guard !state.inputs.isEmpty else { return nil }
            let taken = Array(state.inputs.prefix(most))
            state.inputs.removeFirst(taken.count)
            for (input, bytes) in taken {
                switch input {
                case .message:
                    state.messageCount -= 1
                    state.messageBytes -= bytes
                case .tick: state.hasTick = false
                default: break
                }
            }
            return taken.map(\.input)
        }
    }
}
