package payment

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestParseCents(t *testing.T) {
	for number, want := range map[string]Cents{
		"0.01":                  1,
		"0.07":                  7,
		"0.29":                  29, // 0.29 * 100 is 28.999999999999996 in floats
		"1.1":                   110,
		"1.15":                  115, // 114.99999999999999 in floats
		"12.5":                  1250,
		"12.50":                 1250,
		"12.500":                1250,
		"999.99":                99999,
		"1e2":                   10000,
		"1.25E+1":               1250,
		"125e-1":                1250,
		"0.0000125e6":           1250,
		"1000000":               MaxAmount,
		"1000000.00":            MaxAmount,
		"0." + zeros + "1e5001": 100,
	} {
		if got, err := ParseCents(number); err != nil || got != want {
			t.Errorf("ParseCents(%.20q) = %d, %v, want %d", number, got, err, want)
		}
	}
}

var zeros = strings.Repeat("0", 5000)

func TestParseCentsRefuses(t *testing.T) {
	for number, want := range map[string]error{
		"":                                     errNotANumber,
		"null":                                 errNotANumber,
		"true":                                 errNotANumber,
		`"12.50"`:                              errNotANumber,
		"{}":                                   errNotANumber,
		"0":                                    errNotPositive,
		"0.00":                                 errNotPositive,
		"-0.01":                                errNotPositive,
		"-999999999999":                        errNotPositive,
		"0e999999999":                          errNotPositive,
		"1e-999999999":                         errNotPositive,     // below the smallest float
		"0.30000000000000004":                  errTooManyDecimals, // 0.1 + 0.2 in floats
		"0.001":                                errTooManyDecimals,
		"12.345":                               errTooManyDecimals,
		"12.995":                               errTooManyDecimals,
		"0.1000000000000000055511151231257827": errTooManyDecimals, // the same float as 0.1
		"5e-324":                               errTooManyDecimals,
		"1000000.01":                           errTooLarge,
		"1e999999999":                          errTooLarge,
		"99999999999999999999":                 errTooLarge,
		"1" + zeros:                            errTooLarge,
	} {
		if got, err := ParseCents(number); err != want {
			t.Errorf("ParseCents(%.40q) = %d, %v, want %v", number, got, err, want)
		}
	}
}

func TestHugeExponentsCostNothing(t *testing.T) {
	start := time.Now()
	for _, number := range []string{"1e999999999", "1e-999999999", "0e999999999", "1e1000000", "1e-1000000"} {
		if _, err := ParseCents(number); err == nil {
			t.Errorf("ParseCents(%q) accepts it", number)
		}
	}
	if elapsed := time.Since(start); elapsed > 50*time.Millisecond {
		t.Errorf("took %s", elapsed)
	}
}

func TestCentsInJSON(t *testing.T) {
	for cents, want := range map[Cents]string{1: "0.01", 10: "0.10", 1250: "12.50", MaxAmount: "1000000.00"} {
		text, err := json.Marshal(cents)
		if err != nil || string(text) != want {
			t.Errorf("Marshal(%d) = %s, %v, want %s", int64(cents), text, err, want)
		}
		var back Cents
		if err := json.Unmarshal(text, &back); err != nil || back != cents {
			t.Errorf("Unmarshal(%s) = %d, %v, want %d", text, int64(back), err, int64(cents))
		}
	}
	amount := Cents(5)
	if err := json.Unmarshal([]byte("null"), &amount); err != nil || amount != 5 {
		t.Errorf("null changes the amount to %s, %v", amount, err)
	}
	if err := json.Unmarshal([]byte("1.001"), &amount); err == nil {
		t.Error("three decimals are accepted")
	}
}

func TestCentsMarshalWithinATransaction(t *testing.T) {
	text, err := json.Marshal(Transaction{Status: StatusVoided})
	if err != nil || string(text) != `{"status":"voided"}` {
		t.Errorf("a tombstone is %s, %v", text, err)
	}
}
