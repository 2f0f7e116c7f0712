import CMartletRuntime
import Synchronization

// Relies on V8: the loader lists segments, and images in use are never unloaded.

/// All images of this process.
enum ProgramImages {
    private static let images = Mutex<[ProgramImage]>([])

    /// The image that has `address` in one of its segments.
    static func containing(_ address: UInt, _ content: ProgramImage.Content) -> ProgramImage? {
        search { $0.contains(address, content) }
    }

    static func named(_ name: String, identity: UInt64) -> ProgramImage? {
        search { $0.name == name && $0.identity == identity }
    }

    /// Lists the images again if none matches, since a library may have been loaded meanwhile.
    private static func search(_ isWanted: (ProgramImage) -> Bool) -> ProgramImage? {
        images.withLock { images in
            if let known = images.first(where: isWanted) { return known }
            images = list()
            return images.first(where: isWanted)
        }
    }

    private static func list() -> [ProgramImage] {
        var segments: [martlet_segment] = unsafe []
        var count = 64
        while unsafe count > segments.count {
            unsafe segments = unsafe [martlet_segment](repeating: martlet_segment(), count: count)
            count = unsafe segments.withUnsafeMutableBufferPointer { segments in
                unsafe Int(martlet_segments(segments.baseAddress, Int32(segments.count)))
            }
        }
        var images: [ProgramImage] = []
        var last: Int32 = -1
        for unsafe segment in unsafe segments.prefix(count) {
            if unsafe segment.image != last {
                let path = unsafe String(cString: segment.name)
                let name = path.split(separator: "/").last.map { String($0) } ?? ""
                images.append(unsafe ProgramImage(name: name, identity: segment.identity, base: segment.base))
                last = unsafe segment.image
            }
            images[images.count - 1].segments.append(
                unsafe ProgramImage.Segment(
                    range: segment.start..<segment.end, isExecutable: segment.is_executable != 0))
        }
        return images
    }
}
