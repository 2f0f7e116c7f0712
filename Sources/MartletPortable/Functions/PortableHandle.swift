/// A value that stands for something outside of itself, and travels in another form.
///
/// An instance of a class that is referred to at several places arrives as one. A handle refers to what it stands for: types of plain
/// bits that hold handles are not searched for them.
public protocol PortableHandle {
    /// What travels instead; it is encoded by the normal rules, functions and objects in it too.
    associatedtype Form

    /// - Throws: why this one must not travel, which the user is told.
    func form(in session: PortableSession) throws -> Form

    /// Called where functions stay in their process, for the handles that they have captured.
    ///
    /// - Throws: why this one has no place in a task.
    func checkCapture() throws

    /// Makes the handle where it arrives. Objects and functions in the form may not be complete yet: they can be kept,
    /// and used when the whole graph has arrived.
    static func make(from form: Form, in session: PortableSession) throws -> Self
}

extension PortableHandle {
    /// What may travel may be captured.
    public func checkCapture() throws { _ = try form(in: PortableSession()) }
}
