/** Whether a version such as `4.3.1` or `5.0.0-rc1` is before another one, by its first two numbers. */
export function isBefore(version: string, other: string): boolean {
  const [major, minor] = numbers(version);
  const [otherMajor, otherMinor] = numbers(other);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

function numbers(version: string): readonly [number, number] {
  const [major = 0, minor = 0] = version.split(/[.-]/).map(Number);
  return [major || 0, minor || 0];
}
