/// A class whose instances travel by their stored properties, including functions, beginning with those of superclasses. An
/// instance that is referred to at several places arrives as one object; instances may refer to each other in cycles.
///
/// The receiving process does not run `init`, but runs `deinit` later. Properties that cannot travel are refused.
public protocol PortableObject: AnyObject {}
