public import Network

/// A place where a model takes data.
public struct InputSlot: Sendable, Hashable {
  /// The input of another model, for which data may have been made.
  public struct Origin: Sendable, Hashable {
    /// The type of its integers.
    public var type: ElementType
    /// How they stand for real numbers.
    public var quantization: Quantization

    /// Describes the input of another model.
    public init(type: ElementType, quantization: Quantization) {
      self.type = type
      self.quantization = quantization
    }
  }

  /// The tensor's name.
  public var name: String
  /// The type of the elements that the program takes.
  public var type: ElementType
  /// The extents of what the program takes in one run.
  public var shape: Shape
  /// How the input's integers stand for real numbers.
  public var quantization: Quantization?
  /// The inputs of other models for which data may have been made, such as the source of a re-quantized one.
  ///
  /// Integers of another type than the input's own are those of the first origin that has their type.
  public var origins: [Origin]
  /// Whether integers of a type that this input and an origin have are the origin's.
  public var prefersOrigins: Bool

  /// Describes an input.
  public init(
    name: String, type: ElementType, shape: Shape, quantization: Quantization?, origins: [Origin] = [],
    prefersOrigins: Bool = false
  ) {
    self.name = name
    self.type = type
    self.shape = shape
    self.quantization = quantization
    self.origins = origins
    self.prefersOrigins = prefersOrigins
  }

  /// This place as another model's data see it.
  public var origin: Origin? {
    guard type.integerRange != nil, let quantization, !quantization.isPerAxis else { return nil }
    return Origin(type: type, quantization: quantization)
  }
}

extension InputSlot {
  /// How integers of a type that are not this input's own stand for real numbers; `nil` where they are its own, or where
  /// nobody knows.
  ///
  /// Bytes of the other signedness than an origin's are what it would take them for, shifted by 128.
  func meaning(of given: ElementType) -> Quantization? {
    if let same = origins.first(where: { $0.type == given }), prefersOrigins || given != type {
      return same.quantization
    }
    if given == type { return nil }
    for origin in origins {
      let shift: Int64
      switch (origin.type, given) {
      case (.int8, .uint8): shift = 128
      case (.uint8, .int8): shift = -128
      default: continue
      }
      var quantization = origin.quantization
      quantization.zeroPoints = quantization.zeroPoints.map { $0 + shift }
      return quantization
    }
    return nil
  }

  /// The origin whose integers might be meant by integers of this input's own type, which mean something else here.
  var rival: Origin? {
    guard !prefersOrigins, let own = origin else { return nil }
    return origins.first { $0.type == type && $0 != own }
  }
}

extension Network {
  /// The places where the network takes data, in order.
  ///
  /// - Parameters:
  ///   - origins: For each input those of other models for which data may have been made; missing ones have none.
  ///   - prefersOrigins: Whether integers of a type that an input and an origin have are the origin's.
  /// - Returns: One for each input.
  public func inputSlots(origins: [[InputSlot.Origin]] = [], prefersOrigins: Bool = false) -> [InputSlot] {
    inputs.enumerated().map { position, index in
      let tensor = tensors[index]
      return InputSlot(
        name: tensor.name, type: tensor.type, shape: tensor.shape, quantization: tensor.quantization,
        origins: origins.indices.contains(position) ? origins[position] : [], prefersOrigins: prefersOrigins)
    }
  }
}
