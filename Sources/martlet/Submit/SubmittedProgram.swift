import Foundation
import Glibc
import MartletClusterClient

/// The program that is submitted, and its arguments.
struct SubmittedProgram {
    let path: String
    let arguments: [String]

    /// - Parameters:
    ///   - words: a program or a package folder, and the program's arguments.
    ///   - product: of a package with several executables: which.
    init(_ words: [String], product: String?, says: Bool) throws {
        let place = absolutePath(words[0])
        arguments = Array(words.dropFirst())
        var status = stat()
        guard stat(place, &status) == 0 else { throw CommandFailure("there is no program and no folder \(words[0])") }
        if status.st_mode & S_IFMT == S_IFDIR {
            path = try PackageBuild(place, says: says).program(product)
        } else {
            if product != nil { throw CommandFailure("--product is for package folders, and \(words[0]) is a file") }
            path = place
        }
        guard access(path, X_OK) == 0 else { throw CommandFailure("\(path) cannot be run: \(systemReason); is it a program? chmod +x makes it one") }
    }

    /// Client mode: the driver takes the place of this process, so that its exit code and signals are the program's.
    func replaceThisProcess(_ settings: SubmitSettings, secretFile: String?) throws -> Never {
        setenv("MARTLET_MASTER", settings["martlet.master"], 1)
        setenv("MARTLET_CONF", settings.forProgram, 1)
        if let secretFile { setenv("MARTLET_SECRET_FILE", absolutePath(secretFile), 1) }
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        execv(path, &words)
        throw CommandFailure("\(path) cannot be run: \(systemReason)")
    }
}

/// Builds a Swift package for submission.
struct PackageBuild {
    private let folder: String
    private let says: Bool

    init(_ folder: String, says: Bool) throws {
        (self.folder, self.says) = (folder, says)
        if access(folder + "/Package.swift", R_OK) != 0 { throw CommandFailure("\(folder) is no Swift package: it has no Package.swift") }
    }

    func program(_ product: String?) throws -> String {
        let name = try executable(product)
        if says { note("builds \(name) of \(folder)") }
        let options = ["-c", "release", "--static-swift-stdlib", "--package-path", folder]
        _ = try swift(["build", "--product", name] + options)
        let output = try swift(["build", "--show-bin-path"] + options)
        return output.split(separator: "\n").last.map { String($0) + "/" + name } ?? name
    }

    private struct Description: Decodable {
        struct Product: Decodable {
            let name: String
            let type: [String: JSONValue]
        }
        enum JSONValue: Decodable { case any
            init(from decoder: any Decoder) { self = .any }
        }
        let products: [Product]
    }

    private func executable(_ product: String?) throws -> String {
        let text = try swift(["package", "--package-path", folder, "describe", "--type", "json"])
        guard let start = text.firstIndex(of: "{"),
            let description = try? JSONDecoder().decode(Description.self, from: Data(text[start...].utf8))
        else { throw CommandFailure("swift package describe has answered nothing of use for \(folder)") }
        let names = description.products.filter { $0.type["executable"] != nil }.map(\.name)
        if let product {
            guard names.contains(product) else { throw CommandFailure("\(folder) has no executable \(product); it has \(names.joined(separator: ", "))") }
            return product
        }
        if names.count == 1 { return names[0] }
        throw CommandFailure(
            names.isEmpty ? "\(folder) has no executable product" : "\(folder) has several executables; say which: --product \(names.joined(separator: "|"))")
    }

    /// Runs the compiler's command; its output is shown only if it fails.
    private func swift(_ arguments: [String]) throws -> String {
        let (output, errors) = (tmpfile(), tmpfile())
        guard let output, let errors else { throw CommandFailure("cannot make a temporary file: \(systemReason)") }
        defer {
            fclose(output)
            fclose(errors)
        }
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(null) }
        let process = try ProgramProcess(
            "swift", arguments: ["swift"] + arguments, environment: ProgramProcess.ownEnvironment,
            ProgramProcess.Streams(input: null, output: fileno(output), errors: fileno(errors)), ownsGroup: false)
        let end = process.waitForEnd()
        let text = Self.text(output)
        guard end == .code(0) else {
            printError(text + Self.text(errors))
            throw CommandFailure("swift \(arguments[0]) has failed for \(folder), see above")
        }
        return text
    }

    private static func text(_ file: UnsafeMutablePointer<FILE>) -> String {
        rewind(file)
        var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 64 << 10))
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
