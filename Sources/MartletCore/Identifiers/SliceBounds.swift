/// Slice `index` of `count` slices of `total` things: sizes differ by one at most. Nothing overflows.
package func sliceBounds(_ index: Int, of count: Int, _ total: Int) -> Range<Int> {
    func bound(_ index: Int) -> Int {
        let (high, low) = index.multipliedFullWidth(by: total)
        return count.dividingFullWidth((high, low)).quotient
    }
    return bound(index)..<bound(index + 1)
}
