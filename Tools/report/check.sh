#!/usr/bin/env bash
# Makes the four reports of the built-in model, loads each in headless Chromium at desktop and phone width, uses its tables
# and charts, and fails on any console message, on a page wider than the window, and on what does not react.
#
#   Tools/report/check.sh [--keep DIR]     DIR gets the reports and screenshots
#
# As root on Debian or Ubuntu a missing Chromium is installed; where there is none, nothing is looked at, and that is said.
set -euo pipefail
cd "$(dirname "$0")/../.."
tool=$PWD/.build/release/bitexact
keep=
[[ ${1:-} == --keep ]] && keep=$2
find_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome || true; }
browser=$(find_browser)
if [[ -z $browser && $(id -u) = 0 ]] && command -v apt-get > /dev/null; then
  { timeout 300 apt-get update -qq && timeout 600 apt-get install -qq -y --no-install-recommends chromium; } \
    > /dev/null 2>&1 || true
  browser=$(find_browser)
fi
if [[ -z $browser ]]; then
  echo "reports: no Chromium here, not looked at (Debian: apt-get install chromium)"
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
resources=$PWD/Sources/DemoModel/Resources
(
  cd "$work"
  "$tool" requantize "$resources/demo_uint8.tflite" --profile nna-int8-pow2 --calibrate "$resources/demo_images.npy" \
    --labels "$resources/demo_labels.npy" --count 32 -o pow2.tflite --report requantize.html --quiet
  "$tool" compare pow2.tflite "$resources/demo_uint8.tflite" --inputs "$resources/demo_images.npy" --count 8 \
    --report compare.html --quiet
  "$tool" compare pow2.tflite --profiles nna-int8-pow2,tflite --inputs "$resources/demo_images.npy" --count 4 \
    --report profiles.html --quiet
  "$tool" explore pow2.tflite --vary accumulator.bits=10..20 --vary accumulator.overflow=wrap,saturate \
    --inputs "$resources/demo_images.npy" --labels "$resources/demo_labels.npy" --count 32 --report explore.html --quiet
  "$tool" verify pow2.tflite --source "$resources/demo_uint8.tflite" --inputs "$resources/demo_images.npy" --count 2 \
    --report verify.html --quiet
)
browse() {
  timeout 120 "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --allow-file-access-from-files \
    --enable-logging=stderr --virtual-time-budget=8000 "$@"
}
status=0
for report in requantize compare profiles explore verify; do
  for width in 1440 390; do
    sed -e "s/REPORT/$report.html/" -e "s/WIDTH/$width/" Tools/report/use.html > "$work/use.html"
    browse --window-size=1600,1000 --dump-dom "file://$work/use.html" > "$work/dom" 2> "$work/log" || true
    said=$(sed -n 's/.*<pre id="said">\(.*\)<\/pre>.*/\1/p' "$work/dom")
    console=$(grep -a 'CONSOLE' "$work/log" || true)
    if [[ $said != ok* || -n $console ]]; then
      echo "reports: $report.html at $width px: ${said:-nothing was said} $console" >&2
      status=1
    else
      echo "reports: $report.html at $width px: $said"
    fi
    if [[ -n $keep ]]; then
      mkdir -p "$keep"
      cp "$work/$report.html" "$keep/"
      browse --window-size=$width,2400 --screenshot="$keep/$report-$width.png" "file://$work/$report.html" > /dev/null 2>&1
    fi
  done
done
exit $status
