/// A value that stands for something outside of itself, and travels in another form.
///
/// An instance of a class that is referred to at several places arrives as one object. A handle refers to the thing that it
/// stands for: types of plain bits are not searched for handles.
public protocol PortableHandle {
    /// The form that travels instead; it is encoded by the normal rules, including functions and objects in it.
    associatedtype Form

    /// - Throws: why this handle must not travel; the user sees the reason.
    func form(in session: PortableSession) throws -> Form

    /// Called for captured handles where functions stay in their process.
    ///
    /// - Throws: why this handle must not be in a task.
    func checkCapture() throws

    /// Makes the handle in the receiving process. Objects and functions in the form may still be incomplete: they can be
    /// stored, and used once the whole graph has arrived.
    static func make(from form: Form, in session: PortableSession) throws -> Self
}

extension PortableHandle {
    /// A handle that may travel may be captured.
    public func checkCapture() throws { _ = try form(in: PortableSession()) }
}
