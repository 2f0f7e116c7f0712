/// One transmission between the two ends of a `ReliableLink`.
package struct LinkFrame<Payload: Sendable>: Sendable {
    /// The incarnations of both ends.
    package let sender, receiver: UInt64

    /// The number of the message; 0 for a frame that only acknowledges.
    package let number: Int

    /// The sender has all messages up to this number.
    package let acknowledged: Int

    /// The message; nil in a frame that only acknowledges.
    package let payload: Payload?

    package init(sender: UInt64, receiver: UInt64, number: Int, acknowledged: Int, payload: Payload?) {
        self.sender = sender
        self.receiver = receiver
        self.number = number
        self.acknowledged = acknowledged
        self.payload = payload
    }
}
