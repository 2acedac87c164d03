# Print what the bonding driver says of each bond: "= NAME", then its lines, each after "| ".
#
# Exit status: 0.
for each in /proc/net/bonding/*; do
    [ -f "$each" ] || continue
    echo "= ${each##*/}"
    while IFS= read -r line || [ -n "$line" ]; do printf '| %s\n' "$line"; done < "$each"
done
true
