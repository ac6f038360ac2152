#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Ten times the decimal logarithm of a ratio of powers; for reports only, no bit of a model depends on it.
func decibels(_ ratio: Double) -> Double { 10 * log10(ratio) }
