#include "CMartletRuntime.h"

// Functions of the Swift runtime that its compiled code calls, with Swift's calling convention where it matters. A request
// of 0 asks for a complete type.

typedef struct {
    const void *type;
    size_t state;
} response;

extern void *swift_allocObject(const void *metadata, size_t bytes, size_t alignment_mask);
extern void swift_deallocUninitializedObject(void *object, size_t bytes, size_t alignment_mask);
extern void *swift_retain(void *object);
extern void swift_release(void *object);
extern size_t swift_retainCount(void *object);
extern __attribute__((swiftcall)) response swift_getGenericMetadata(
    size_t request, const void *const *arguments, const void *descriptor);
extern __attribute__((swiftcall)) response swift_getTupleTypeMetadata(
    size_t request, size_t flags, const void *const *elements, const char *labels, const void *witnesses);
extern const void *swift_getMetatypeMetadata(const void *instance);
extern const void *swift_getExistentialTypeMetadata(
    _Bool is_not_class, const void *superclass, size_t count, const void *const *protocols);
extern const void *swift_getFunctionTypeMetadata(
    size_t flags, const void *const *parameters, const uint32_t *parameter_flags, const void *result);
extern const void *swift_conformsToProtocol(const void *type, const void *protocol);
extern const void *swift_getWitnessTable(const void *conformance, const void *type, const void *const *arguments);
extern __attribute__((swiftcall)) response swift_getAssociatedTypeWitness(
    size_t request, const void *table, const void *type, const void *base, const void *requirement);

void *martlet_allocate_object(const void *metadata, size_t bytes, size_t alignment_mask) {
    return swift_allocObject(metadata, bytes, alignment_mask);
}

void martlet_deallocate_object(void *object, size_t bytes, size_t alignment_mask) {
    swift_deallocUninitializedObject(object, bytes, alignment_mask);
}

void martlet_retain(void *object) { swift_retain(object); }
void martlet_release(void *object) { swift_release(object); }
size_t martlet_retain_count(void *object) { return swift_retainCount(object); }

const void *martlet_nominal_type(const void *accessor) {
    typedef __attribute__((swiftcall)) response (*function)(size_t request);
    return ((function)accessor)(0).type;
}

const void *martlet_generic_type(const void *descriptor, const void *const *arguments) {
    return swift_getGenericMetadata(0, arguments, descriptor).type;
}

const void *martlet_tuple_type(size_t count, const void *const *elements, const char *labels) {
    // The flag says that the labels are temporary, so that the runtime copies them.
    size_t flags = labels ? count | 0x10000 : count;
    return swift_getTupleTypeMetadata(0, flags, elements, labels, 0).type;
}

const void *martlet_metatype(const void *instance) { return swift_getMetatypeMetadata(instance); }

const void *martlet_existential_type(
    int has_class_constraint, const void *superclass, size_t count, const void *const *protocols) {
    return swift_getExistentialTypeMetadata(!has_class_constraint, superclass, count, protocols);
}

const void *martlet_function_type(
    size_t flags, const void *const *parameters, const uint32_t *parameter_flags, const void *result) {
    return swift_getFunctionTypeMetadata(flags, parameters, parameter_flags, result);
}

const void *martlet_conformance(const void *type, const void *protocol) {
    return swift_conformsToProtocol(type, protocol);
}

const void *martlet_witness_table(const void *conformance, const void *type) {
    return swift_getWitnessTable(conformance, type, 0);
}

const void *martlet_associated_type(
    const void *table, const void *type, const void *base, const void *requirement) {
    return swift_getAssociatedTypeWitness(0, table, type, base, requirement).type;
}
