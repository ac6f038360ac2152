internal import Arrays

/// What the samples of a data set show, as class numbers.
package struct Labels: Sendable {
  /// The file's path, or what stands for it in messages.
  package let name: String
  /// The class of each sample.
  package let classes: [Int]

  /// Reads labels.
  ///
  /// - Parameter path: An .npy file of integers, one for each sample.
  /// - Throws: `ArrayError` for a file that cannot be read or holds no integers.
  package init(contentsOf path: String) throws {
    try self.init(NPYFile.open(path))
  }

  /// Reads labels from the bytes of an .npy file.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - name: What messages call it.
  /// - Throws: `ArrayError` for damaged bytes and for anything but integers.
  package init(bytes: [UInt8], name: String) throws {
    try self.init(NPYFile(bytes: bytes, name: name))
  }

  /// Takes labels that are in memory.
  ///
  /// - Parameters:
  ///   - classes: The class of each sample.
  ///   - name: What messages call them.
  package init(_ classes: [Int], name: String) { (self.classes, self.name) = (classes, name) }

  private init(_ array: NPYFile) throws {
    guard array.elementCount == array.sampleCount, !array.shape.isEmpty else {
      throw DataSetError(
        file: array.name,
        message: "labels are one integer for each sample, [N]; the array is "
          + "[\(array.shape.map(String.init).joined(separator: ", "))]")
    }
    name = array.name
    classes = try array.values(as: Int64.self).map { Int($0) }
  }

  /// Checks that each sample has a label and that each label is a class.
  ///
  /// - Parameters:
  ///   - data: The samples.
  ///   - scores: The number of classes.
  /// - Throws: ``DataSetError``.
  package func check(against data: DataSet, scores: Int) throws(DataSetError) {
    guard classes.count == data.count else {
      throw DataSetError(
        file: name, message: "there are \(classes.count) labels, and \(data.name) has \(data.count) samples")
    }
    if let sample = classes.firstIndex(where: { !(0..<scores).contains($0) }) {
      let range = (classes.min() ?? 0)...(classes.max() ?? 0)
      let counted = range == 1...scores ? ". The labels seem to be counted from 1: subtract 1 from each" : ""
      throw DataSetError(
        file: name,
        message:
          "sample \(sample) has the label \(classes[sample]); the model has the classes 0 to \(scores - 1), the labels "
          + "are \(range.lowerBound) to \(range.upperBound)\(counted)")
    }
  }

  /// That the labels seem to be counted from another number than the model's classes.
  ///
  /// ImageNet has 1000 classes, and models with a class for the background have 1001.
  ///
  /// - Parameters:
  ///   - predictions: The class that the model gives for each of some samples.
  ///   - samples: The samples' indices.
  ///   - scores: The number of the model's classes.
  /// - Returns: The hint in words; `nil` where nothing speaks for it.
  package func shiftHint(_ predictions: [Int], samples: [Int], scores: Int) -> String? {
    func hits(_ shift: Int) -> Int { zip(predictions, samples).count { $0 == classes[$1] + shift } }
    let own = hits(0)
    guard let shift = [1, -1].max(by: { hits($0) < hits($1) }) else { return nil }
    let shifted = hits(shift)
    guard shifted >= 3, shifted >= 2 * own, (shifted - own) * 10 >= predictions.count else { return nil }
    let range = "\(classes.min() ?? 0) to \(classes.max() ?? 0)"
    return
      "\(name): with \(shift > 0 ? "1 added to" : "1 subtracted from") each label \(shifted) of \(predictions.count) samples "
      + "would be right instead of \(own): the labels (\(range)) seem to be counted from another number than the model's "
      + "\(scores) classes (0 to \(scores - 1))"
  }
}
