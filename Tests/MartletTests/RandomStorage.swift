import Martlet

extension Elements {
    /// Persists the RDD somewhere.
    func storageStep(_ program: inout RandomProgram) -> any Subject {
        with(program.kept(rdd), expected, isOrdered: isOrdered)
    }
}

extension KeyedElements {
    /// Persists the RDD somewhere.
    func storageStep(_ program: inout RandomProgram) -> any Subject {
        with(program.kept(rdd), expected, isOrdered: isOrdered)
    }
}

extension RandomProgram {
    /// The same RDD, cached or checkpointed.
    fileprivate mutating func kept<Element>(_ rdd: RDD<Element>) -> RDD<Element> {
        switch pick(6) {
        case 0:
            note("checkpoint")
            return rdd.checkpoint()
        case 1:
            note("localCheckpoint")
            return rdd.localCheckpoint()
        default:
            // It may be persisted already: the same level is accepted again, another level is refused.
            let level = rdd.storageLevel.isPersistent ? rdd.storageLevel : StorageLevelTests.levels[pick(11)]
            note("persist(\(level))")
            return rdd.persist(level)
        }
    }
}
