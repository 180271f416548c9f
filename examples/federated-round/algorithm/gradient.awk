# One gradient of logistic regression over the rows of one site: is this penguin a Gentoo?
# Reads the model (one weight a line: intercept, bill length, bill depth, flipper length, body mass), then the data
# (CSV with a header); writes the number of rows used and the sums of the gradient to /result/gradient, all digits.

# e to the x, as exact as a double holds it: Debian's busybox is built without exp(). The series converges fast
# after the argument has been halved to below 1/32; as many squarings undo the halving.
function power(x,   halvings, term, sum, n) {
  while (x > 0.03125 || x < -0.03125) { x /= 2; halvings++ }
  sum = term = 1
  for (n = 1; n < 14; n++) { term *= x / n; sum += term }
  while (halvings-- > 0) sum *= sum
  return sum
}

FILENAME == ARGV[1] { weight[FNR - 1] = $1 + 0; next }
FNR == 1 { FS = ","; next }

{
  split($0, field, ",")
  if (field[3] == "NA" || field[4] == "NA" || field[5] == "NA" || field[6] == "NA") next
  x[0] = 1
  x[1] = (field[3] - 44) / 5.5
  x[2] = (field[4] - 17) / 2
  x[3] = (field[5] - 201) / 14
  x[4] = (field[6] - 4200) / 800
  score = 0
  for (j = 0; j < 5; j++) score += weight[j] * x[j]
  error = 1 / (1 + power(-score)) - (field[1] == "Gentoo")
  for (j = 0; j < 5; j++) gradient[j] += error * x[j]
  rows++
}

END {
  printf "%d\n", rows > "/result/gradient"
  for (j = 0; j < 5; j++) printf "%.17g\n", gradient[j] > "/result/gradient"
  printf "used %d rows\n", rows
}
