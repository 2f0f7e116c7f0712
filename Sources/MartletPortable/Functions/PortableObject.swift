/// A class whose instances travel by their stored properties, those of superclasses first, functions among them too.
/// An instance that is referred to at several places arrives as one; instances may refer to each other in circles.
///
/// `init` does not run where it arrives, `deinit` does later. Properties that cannot travel are refused.
public protocol PortableObject: AnyObject {}
