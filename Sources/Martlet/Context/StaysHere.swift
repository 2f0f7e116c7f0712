public import MartletPortable

// Driver handles that are meaningless in a task.

/// A driver handle was captured by a function that tasks run.
struct CapturedDriverHandle: Error, CustomStringConvertible {
    let description: String
}

extension RDD: PortableHandle {
    public func form(in session: PortableSession) throws {
        throw CapturedDriverHandle(
            description: "an RDD (\(self)) cannot be used inside another one's function, where there is no driver; join the "
                + "two, or collect() this one and broadcast the result")
    }

    public static func make(from form: Void, in session: PortableSession) throws -> RDD {
        throw CapturedDriverHandle(description: "an RDD does not travel")
    }
}

extension MartletContext: PortableHandle {
    public func form(in session: PortableSession) throws {
        throw CapturedDriverHandle(
            description: "the context cannot be used in a task: capture what the function needs of it, such as a setting's value")
    }

    public static func make(from form: Void, in session: PortableSession) throws -> MartletContext {
        throw CapturedDriverHandle(description: "a context does not travel")
    }
}
