// Relies on V3, V7 and V11: only places that a plan names are read, and only while the value that holds them is alive.

/// Finds the handles in a value, in the functions in it, and in their captures, without encoding anything.
///
/// For programs whose functions stay in their process: values that cannot travel do not matter there, but a driver's handle
/// must not be in a task. Types that can hold no handle, which is determined once, are not searched.
@safe
package final class HandleSearch {
    /// Contexts and objects that have been searched.
    private var seen: Set<UInt> = []
    private var depth = 0

    private init() {}

    /// - Throws: `PortableError.handle`, with the path to the first handle that refuses to be captured.
    package static func check<Root>(_ root: Root) throws(PortableError) {
        guard let plan = SearchPlan.of(Root.self) else { return }
        let search = HandleSearch()
        try unsafe withUnsafePointer(to: root) { (place) throws(PortableError) in
            try unsafe search.visit(UnsafeRawPointer(place), plan)
        }
    }

    private func visit(_ base: UnsafeRawPointer, _ plan: SearchPlan) throws(PortableError) {
        // Limits nested closures and values: no program nests them so deep on purpose.
        guard depth < LaterNode.depthLimit else { return }
        depth += 1
        defer { depth -= 1 }
        for part in plan.parts {
            do throws(PortableError) {
                try unsafe visit(base + part.offset, part.kind)
            } catch {
                throw error.at(part.name)
            }
        }
    }

    private func visit(_ place: UnsafeRawPointer, _ kind: SearchPlan.Kind) throws(PortableError) {
        switch kind {
        case .function:
            if let context = unsafe place.load(fromByteOffset: 8, as: UnsafeRawPointer?.self) {
                try unsafe visit(context: context)
            }
        case .handle(let checker): try unsafe checker.check(place)
        case .object:
            if let object = unsafe place.load(as: UnsafeRawPointer?.self) { try unsafe visit(object: object) }
        case .existential(.object):
            if let object = unsafe place.load(as: UnsafeRawPointer?.self) { try unsafe visit(object: object) }
        case .existential(.opaque): try visit(unsafe place.assumingMemoryBound(to: Any.self).pointee)
        case .existential(.error): try visit(unsafe place.assumingMemoryBound(to: (any Error).self).pointee)
        case .elements(let elements):
            try unsafe elements.visit(place) { (element, plan) throws(PortableError) in
                try unsafe self.visit(element, plan)
            }
        case .payloads(let plans, let shape):
            try unsafe shape.visit(place, payloadCount: plans.count) { (index, payload) throws(PortableError) in
                if let plan = plans[index] { try unsafe self.visit(payload, plan) }
            }
        }
    }

    /// The content of a function: a box of captures, or the only capture itself.
    private func visit(context: UnsafeRawPointer) throws(PortableError) {
        let metadata = unsafe context.load(as: UnsafeRawPointer.self)
        switch unsafe metadata.load(as: UInt.self) {
        case ClosureBox.kind:
            guard let box = unsafe ClosureBox(metadata: metadata) else { return }
            let plan = unsafe SearchPlan.of(box, context)
            guard !plan.parts.isEmpty, seen.insert(UInt(bitPattern: context)).inserted else { return }
            try unsafe visit(context, plan)
        case 0, 0x800...: try unsafe visit(object: context)
        default: return
        }
    }

    private func visit(object: UnsafeRawPointer) throws(PortableError) {
        let plan = unsafe SearchPlan.of(object: Swift.type(of: unsafeBitCast(object, to: AnyObject.self)))
        guard let plan, seen.insert(UInt(bitPattern: object)).inserted else { return }
        switch plan {
        case .properties(let plan): try unsafe visit(object, plan)
        case .reference(let plan):
            var word = unsafe object
            try unsafe withUnsafePointer(to: &word) { (place) throws(PortableError) in
                try unsafe visit(UnsafeRawPointer(place), plan)
            }
        }
    }

    private func visit(_ value: Any) throws(PortableError) {
        func open<Value>(_ value: Value) -> Result<Void, PortableError> {
            Result { () throws(PortableError) in
                guard let plan = SearchPlan.of(Value.self) else { return }
                try unsafe withUnsafePointer(to: value) { (place) throws(PortableError) in
                    try unsafe visit(UnsafeRawPointer(place), plan)
                }
            }
        }
        try _openExistential(value, do: open).get()
    }
}
