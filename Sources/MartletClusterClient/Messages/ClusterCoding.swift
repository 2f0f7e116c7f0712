import FoundationEssentials

/// Messages between processes of a cluster are JSON: the processes may be of different builds, and people can read a capture.
package enum ClusterCoding {
    package static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            preconditionFailure("a message cannot be encoded: \(error)")
        }
    }

    /// - Throws: `ClusterMessageError`: the sender is of another version, or no member of a cluster.
    package static func decode<Value: Decodable>(_ bytes: [UInt8], as type: Value.Type = Value.self) throws(ClusterMessageError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw ClusterMessageError(type: "\(type)", reason: "\(error)")
        }
    }
}

/// Bytes that are no message of a cluster's process.
package struct ClusterMessageError: Error, CustomStringConvertible {
    let type: String
    let reason: String

    package var description: String {
        "it sent no \(type) of this version: \(reason.prefix(300))"
    }
}
