package capture

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// keysOf lists the JSON keys of one level of typ, embedded structs included. It
// fails where two have one name: encoding/json would leave out both.
func keysOf(t *testing.T, typ reflect.Type, into map[string]bool) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && inner.Kind() == reflect.Struct && name == "":
			keysOf(t, inner, into)
		case into[name]:
			t.Errorf("%s has a second key %q", typ, name)
		case name != "":
			into[name] = true
		}
	}
}

// Every key that can come out is in the reference.
func TestReferenceHasEveryKey(t *testing.T) {
	reference, err := os.ReadFile("../../docs/decode.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range []reflect.Type{
		reflect.TypeFor[object](), reflect.TypeFor[fault](), reflect.TypeFor[attributes](), reflect.TypeFor[capabilities](),
		reflect.TypeFor[reach](), reflect.TypeFor[rawAttribute](), reflect.TypeFor[aggregator](), reflect.TypeFor[asPath](),
		reflect.TypeFor[segment](), reflect.TypeFor[route](), reflect.TypeFor[peer](), reflect.TypeFor[notice](),
		reflect.TypeFor[nextHopFamily](), reflect.TypeFor[addPathFamily](), reflect.TypeFor[gracefulRestart](),
		reflect.TypeFor[restartFamily](), reflect.TypeFor[fqdn](), reflect.TypeFor[unknown](),
	} {
		keys := map[string]bool{}
		keysOf(t, typ, keys)
		for key := range keys {
			if !strings.Contains(string(reference), "`"+key+"`") {
				t.Errorf("docs/decode.md lacks the key %q of %s", key, typ)
			}
		}
	}
	for _, name := range []string{typeInvalid, typeComment, typeGap, typeState, typePeerTable, typeRIB, typeRecord} {
		if !strings.Contains(string(reference), "`"+name+"`") {
			t.Errorf("docs/decode.md lacks the type %s", name)
		}
	}
}
