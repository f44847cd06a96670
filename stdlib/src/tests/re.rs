//! `re`: what its functions and objects give, and generated patterns, beside `python3`.

use super::check;

#[test]
fn functions_and_objects() {
    check(
        r###"
        re.compile('(a)(?P<n>b)').groupindex
        str(re.compile('(?P<n>b)').groupindex),re.compile('(?P<n>b)').groupindex=={'n':1},list(re.compile('(?P<n>b)').groupindex)
        re.match(r"(?P<y>\d{4})-(?P<m>\d\d)?", "2024-").groupdict("?")
        re.search(r"(?<=\$)\d+(?!\d|%)", "$5 $10%").span()
        re.split("(-)", "a-b-c", 1)
        re.split("x*", "axbc")
        re.sub("x*", "-", "abxd")
        re.subn("a", lambda m: m[0] * 2, "banana", 2)
        re.sub(r"(?P<n>\w)\s", r"\g<n>\1_", "a b c")
        re.sub("a", lambda m: 5, "bab")
        re.sub(b"a", rb"\n", b"cab")
        re.findall(r"(\w)(\d)", "a1 b2")
        re.findall(r"[^\W\d_]+", "été_2x")
        [re.findall("[a-z]", "ſKé", f) for f in (0, 2, 258)]
        [re.findall(p, "ςΣσßẞµμ", 2) for p in ("σ", "[Σ]", "ß", "ẞ", "µ")]
        re.findall("[𐐀-𐐂]", "𐐨𐐀x", 2)
        re.compile("(?i)a(?P<n>b)?", 8)
        (re.compile(b"a").flags, re.compile("a", 256).flags, re.compile("(?x) a").flags)
        re.match("a", b"a")
        re.match(b"a", "a")
        re.match("a", 5)
        re.compile(5)
        re.compile([])
        re.match("(a)(b)?", "ac").group(3)
        re.match("(a)(b)?", "ac").group(0, 1, 2)
        re.match("(a)(b)?", "ac").span(2)
        re.match("a" * 60, "a" * 60)
        re.escape("a.b-c é") + re.escape("x")
        re.match("(?:a|b)*", "ab" * 20000).end()
        re.match("(?:(?:a)*b)*", "aab" * 20000).end()
        re.compile("a", 2) == re.compile("a", 2) != re.compile("a")
        ! re.purge()
        ! re.compile("(?:(a)|b)++")
        "###,
    );
}

#[test]
fn generated_patterns() {
    check(
        r###"
        [(m.regs, m.lastindex) for m in re.finditer('(?:)', '', 8)]
        [(m.regs, m.lastindex) for m in re.finditer('()', '', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('\\s{0,2}?', 'bbcc', 10)]
        [(m.regs, m.lastindex) for m in re.finditer('\\w|([a-c](?(2)(.A*+)|[^A-B]\\W)??)*|$[ab]{0,2}?', 'aba1ab', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('', '', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(\\d)||\\d+?[a-c]{0,2}?', 'bbaacbaa', 256)]
        [(m.regs, m.lastindex) for m in re.finditer('c', 'bb_a', 10)]
        [(m.regs, m.lastindex) for m in re.finditer('((?P<n>(\\s))a+)?', ' aaba', 64)]
        [(m.regs, m.lastindex) for m in re.finditer('.$', 'ÉccÉabb', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('\\d{1,2}+', 'aéaa ', 256)]
        [(m.regs, m.lastindex) for m in re.finditer('($(?>\\s))|(?>){,2}|É', 'bcbccbac', 16)]
        [(m.regs, m.lastindex) for m in re.finditer('', '\nb', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(()*+\\2??b)', 'cca_aa', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('([^A-B])+', 'cacabc', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('é??(?P<n>$)É|', 'a_bcca', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('(?:(?i-s:(?u:\\W.{,2})(é*)|(|){0,2}?|))*?', 'bcbbc', 256)]
        [(m.regs, m.lastindex) for m in re.finditer('(?(1)[ab]|(?a:()+?.)[a-c]{1,2}+(){1,2}+)((?P<n>(\\2{2,}|Ac)*+)())', 'ba_ab', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(?=)', 'cbaa', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(É|a(?!)|)*\\s', 'baaAcba', 16)]
        [(m.regs, m.lastindex) for m in re.finditer('É+?((?!(\\s{2}A)+?)\\A){,2}', 'c', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('.{2}((?-i:|)((?:A*+))?)*(?(1)\\sa{1,2}+^|A)', 'Ébacaaa', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('(?x:((b*?|\\w)\\s))+?(?<!)\\1', 'a', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(?=É(?![à-ü]|A|()?)).*+', 'cbcb_', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(?!((?:[ab]{1,2}+|[^a]^)*)())??(?:c|[a-c]+|)(?!\\1)', 'ac', 256)]
        [(m.regs, m.lastindex) for m in re.finditer('b|((?=|^\\B|)[à-ü]|$)', 'aba', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('é([^a]{1,2}((?>\\w*?\\w[^a]?){0,2}?[a-c])A)*+(?<=\\B){1,2}+|', 'cba', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('(?:[ab]*|c{1,2}){1,2}+(?P<n>(\\Z){1,2}[ab]|(?u:(|\\W{1,2}b+|b)\\d)(?!\\w(\\W+?[^a][à-ü])+?|\\W{,2}(É*[à-ü]??)*+\\B|A[^a])(?!(?![à-ü]+?\\Z|c|)(?![^A-B]{,2}|[ab])[^A-B]{,2}))*?', '', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('(?<![ab])|(?:(([^A-B]++[ab]){2,}(?<!A){2,})((?<=[^a]))??)?|', 'bca BbB', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(\\w{,2})\\W*+', '', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('(É(\\W^|)a)|A|[^a]', 'b', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('\\A((?s:a)*+)', ' baa', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('((?:[a-c]{2,}|(\\dÉb{0,2}?){1,2})(é?)+)+\\s', '', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('a??|[^a]', 'aba1', 64)]
        [(m.regs, m.lastindex) for m in re.finditer('()?', 'bbabcb', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('\\w+?[à-ü]?', 'béc', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('a++((?!))*+', 'aa', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('(é)*', '', 64)]
        [(m.regs, m.lastindex) for m in re.finditer('(?=\\b(?!|É(\\w*)*+|(?P<n>é?+|\\W\\B)b)|\\1é++[ab])', 'aÉ', 8)]
        [(m.regs, m.lastindex) for m in re.finditer('((?:[ab])?+(?i:c^||)|)(()b)', '1babb_cb', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('[^a]{1,2}\\Z', 'bAaab', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('()', 'ab', 256)]
        [(m.regs, m.lastindex) for m in re.finditer('(||a++)', 'B_aaac1', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('\\w|()|[à-ü]', 'aaabb', 10)]
        [(m.regs, m.lastindex) for m in re.finditer('(é)++[^A-B]{0,2}?\\d{2}', 'c aba_b', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('()|c?', '\na', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('\\A\\w', 'éé', 64)]
        [(m.regs, m.lastindex) for m in re.finditer('((?=){1,2}+|)+|b()++|([ab]{0,2}?)([ab])', 'aaa', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('(?<=)*?[a-c]{1,2}|(?i-s:a*?([^A-B]()+)+?É?||\\sb(?P<n>))+?(?:(?=é)*b){2,}', 'c', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(?!|(?P<n>a))\\W++||(?:(([à-ü]{2})[à-ü]?))\\w??', 'Éaba', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('(?>([^a]?))', 'caa', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('||', 'b', 64)]
        [(m.regs, m.lastindex) for m in re.finditer('(?>)(?=|((?!){,2}\\W)(?=()+[ab]+?|\\Z(?a:é++\\1)*(?>\\d{2}\\2{1,2})*?){0,2}?[à-ü]|(?s:(A++\\2++|\\1??|.*?)+?é)){2,}(?>)|()', 'cc\nc', 16)]
        [(m.regs, m.lastindex) for m in re.finditer('', 'bcaÉ a', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('()?+|(?<=.)*', 'abba', 64)]
        [(m.regs, m.lastindex) for m in re.finditer('(?>\\w{2,}(?!(|[à-ü]*|[a-c]\\s)+[^A-B]))(?=)a?|', 'bcabb', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('', 'cb_caa', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('()a', 'aaccbc', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('(?:(([^a]{2,}))\\B)()*?|(?:(?x:(\\A)\\2){1,2}+)\\s\\2|\\2[a-c]+?', 'a', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('((?i:(?:\\d)?+))', 'ébcabéB', 16)]
        [(m.regs, m.lastindex) for m in re.finditer('\\W{,2}\\w', 'aababac', 256)]
        [(m.regs, m.lastindex) for m in re.finditer('\\s(?:(?:(é\\W{1,2})??()){,2})|\\b', 'b', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(((?>[à-ü][a-c])|É*+){2,}(?P<n>))|', 'aaa', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('b{,2}(?s:(?:)(?<=))|()', 'baabaB', 10)]
        [(m.regs, m.lastindex) for m in re.finditer('(?=(b\\s)|){2,}', 'cbcca', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('()(?<![à-ü]){1,2}+|(?P<n>)((?=)+\\A\\d|)*+', 'Écbc', 16)]
        [(m.regs, m.lastindex) for m in re.finditer('|(\\sb*+(?!(AÉ)?))??', 'b', 16)]
        [(m.regs, m.lastindex) for m in re.finditer('((?-i:.[^A-B])|(?-i:)|)|(((?-i:[^A-B]{0,2}?)+?(?:a))[à-ü]\\s||){,2}', 'baac', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('|\\A', 'bbaacB', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('(((?!){1,2}+)+?)(?!\\W*\\1{,2}A|(?:(?=[^A-B])|)a)É', 'a1b', 64)]
        [(m.regs, m.lastindex) for m in re.finditer('([^A-B]|((?P<n>a)*))', 'bcaa_', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('($.{1,2}+|){1,2}+[ab]{,2}', 'aba', 10)]
        [(m.regs, m.lastindex) for m in re.finditer('(?s:(?!\\W(?x:\\w)??)?+|\\s{1,2}|())|', 'cAbaÉ', 16)]
        [(m.regs, m.lastindex) for m in re.finditer('\\w+\\W{,2}(b\\A)?+', 'bbbba', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('()', 'Accaba_b', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('a{2}|[^a](?:(?>|\\W\\d{,2})?){2}((?=)||(?![a-c]{1,2}+)?.)|', '', 16)]
        [(m.regs, m.lastindex) for m in re.finditer('(?(1)|\\d((é|é)[^A-B]{1,2}(?:a{0,2}?\\b|AA){,2})+?é+)', 'cbccca\na', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('|(?=(?:(?=$|b){,2}(\\B)??)||)A([^A-B]++|(\\w{0,2}?(?P<n>É*+\\d+?){0,2}?(É+?[à-ü]{,2}|É*+Aa{2,})+?|))|c[^A-B](((?>[à-ü]?\\Bb|[^a]|[a-c][^a]{0,2}?))(?-i:a)(?:()|))', 'a', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('|a?(?sm:(?:))*?|(?sm:)()(?!|)*+', 'aabbc\nab', 256)]
        [(m.regs, m.lastindex) for m in re.finditer('(b{2})*?', 'babbécc_', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('(?P<n>)|[ab]b{2,}|\\w[^a]*', 'aaa', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('|(?:([a-c][^A-B])|)|c+', ' ab', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('(?:\\W*?)?+\\w||(b)', '', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('(b+){2}(?(2)(?=(?>[à-ü]|[^A-B]{2})(\\ZÉ)a)((?(2).|)|(?:)??|)*|)', 'bcacb', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('a(?P<n>[^a]||[^a]\\s?)', 'bb', 10)]
        [(m.regs, m.lastindex) for m in re.finditer('()', 'cbba ', 10)]
        [(m.regs, m.lastindex) for m in re.finditer('.*+|(?!\\B^()){2,}(?:(a|){1,2})', 'bba1c', 8)]
        [(m.regs, m.lastindex) for m in re.finditer('.{0,2}?(?<!)|\\Z((?:\\s))', 'ba\na', 16)]
        [(m.regs, m.lastindex) for m in re.finditer('(?:).(c)*+', 'baaba', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('\\W[^a]', 'cbaca', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('\\b', 'cccabaa', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('((é+?)(?P<n>[à-ü])|(?:[à-ü])\\w*?)', 'ca', 8)]
        [(m.regs, m.lastindex) for m in re.finditer('($(?:a*É(?:[a-c]{0,2}?|É?+)){2,})A|', 'bbbAa', 256)]
        [(m.regs, m.lastindex) for m in re.finditer('()+(|(?P<n>)*|[^a]*+b(()|(?=[ab]a){2})){1,2}', 'bb ba', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(a)(?=[^a]{2,}a??){2}', 'bbaba', 8)]
        [(m.regs, m.lastindex) for m in re.finditer('(($|(?P<n>é)*+))', 'ab', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('(?!)(\\d*)', 'caa', 16)]
        [(m.regs, m.lastindex) for m in re.finditer('()(?>)\\1|cé|\\1', 'baaa', 16)]
        [(m.regs, m.lastindex) for m in re.finditer('a{2,}', '\n', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('\\w(?i-s:)|(\\s{1,2}+(?(1)b|([à-ü]|))?|É|[ab]?b[^a])|^', 'baa', 256)]
        [(m.regs, m.lastindex) for m in re.finditer('', 'bc', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(\\d)?', 'b', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('', 'b1bac', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('()?+(?:){1,2}(?=(?!\\W)*){1,2}', '1bbb', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('\\b(?<=)', 'bbccb', 64)]
        [(m.regs, m.lastindex) for m in re.finditer('|\\w(?=(\\w|^)((?:a)\\d|([à-ü]|\\W[à-ü]+c)++|[^A-B]++[a-c]{2})?+){2,}(?!((a{1,2}+)(|\\d|[à-ü]{1,2}+É)?+|\\s?(?:\\bc))a{,2}|\\2*\\s((\\B)[a-c]++[ab]?)|()){2,}|É', 'ccbcb', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(?:(?i-s:([^A-B]{1,2}+[a-c]))(?:É[à-ü])\\w)', 'ab', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(?P<n>(?<=$(|)){1,2})[à-ü]{1,2}+', '\naaba é', 10)]
        [(m.regs, m.lastindex) for m in re.finditer('', '', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(\\w(?!)++)++', 'abaac', 10)]
        [(m.regs, m.lastindex) for m in re.finditer('(?>){,2}([a-c]\\b)', 'caac\nb', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('', 'ccc', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(\\w?)', 'babbbcA', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(?P<n>[^A-B]{1,2}+)??', 'ababc', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(?:a{2}())\\W', 'a\ncaaa', 8)]
        [(m.regs, m.lastindex) for m in re.finditer('[a-c]b', 'ba', 256)]
        [(m.regs, m.lastindex) for m in re.finditer('(?!(É*+){2})', 'a_a_bab', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('a([à-ü]\\d)+((\\B[à-ü]*))', 'a', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('|é?a*?(?P<n>[ab][à-ü]||((?=é\\d|a*+$){1,2}(?-i:b)??)\\B)*?|(\\2)', 'bcbB1aac', 16)]
        [(m.regs, m.lastindex) for m in re.finditer('(a{1,2})\\sé', 'a\nc', 8)]
        [(m.regs, m.lastindex) for m in re.finditer('(?>[à-ü]a([^a][^a]?+)*+|(?<=)$|\\s*?[a-c])|(?:[^A-B]|[a-c]c|())', 'ababba', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('|\\W*?(?>b)|[ab]', 'bcbaba', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('|.++()', 'bcbbbac', 256)]
        [(m.regs, m.lastindex) for m in re.finditer('(?(2)\\Z|(?(2)(?:|[a-c]éé|\\W{1,2}){2}|)(\\B|(?P<n>É+)++((?P=n)|Aa){,2}|))*?(?>[^A-B]|[ab]|((?!$É[à-ü])?+É|)b{2})|(?:[à-ü]{1,2}+)', '', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('()A[a-c]*+', 'cab', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('(?sm:(?:(.{2,}\\s))){2}|\\A', 'BabbcBaa', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('()+((?P<n>){1,2})|', 'aababbab', 64)]
        [(m.regs, m.lastindex) for m in re.finditer('(b)*', 'aaabB', 16)]
        [(m.regs, m.lastindex) for m in re.finditer('[^a]+?(()|\\bc+?)(?!)*?', 'bbcaabac', 64)]
        [(m.regs, m.lastindex) for m in re.finditer('|\\s', 'bbc\na', 10)]
        [(m.regs, m.lastindex) for m in re.finditer('(\\W)', '1baabcac', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('()??||(?<!\\W(?:))', 'bc', 64)]
        [(m.regs, m.lastindex) for m in re.finditer('(?>[à-ü]^)(([^a]*+\\b))++', '', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('([^a]{2})(?:((?!^[^a])|)\\s{1,2}+(?:\\s\\1++\\2)++){1,2}', 'aaab\n1b', 16)]
        [(m.regs, m.lastindex) for m in re.finditer('(?P<n>((?:\\d){1,2}+[^a](?m:)|(?=|Aa|\\W*?a?)\\B)*\\W|)|', 'a', 10)]
        [(m.regs, m.lastindex) for m in re.finditer('(?!a{2}){2}(||.a{2,})', 'b1', 16)]
        [(m.regs, m.lastindex) for m in re.finditer('(\\d\\d||É{1,2}+.){2,}|((?:(?<=){1,2}|[^A-B]+[ab]|\\w+?)?+){2,}(?i-s:|\\w(?i-s:|(?:)*\\W))++é*+|(?:)', 'cbbbcb', 8)]
        [(m.regs, m.lastindex) for m in re.finditer('(b(?:))', 'accbaba', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(){1,2}+ca{0,2}?', '', 64)]
        [(m.regs, m.lastindex) for m in re.finditer('\\d+|(?:[à-ü]*|([^A-B]\\w{1,2})|\\s??\\sÉ)', 'aÉaba1', 16)]
        [(m.regs, m.lastindex) for m in re.finditer('(?P<n>([^A-B]+(?:[^a]\\w))){1,2}+(?=((\\W)))+(?:(?:|)){2}', '\nc_b', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('|((?:){,2}|\\s$|a?+)|', '1_caÉÉ', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(^[^a]){0,2}?\\b', 'bb\naacc', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(\\B(?=)++|[ab]+|)', 'bbbbcaac', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(b{,2}|)', 'ébaB cba', 10)]
        [(m.regs, m.lastindex) for m in re.finditer('((?<!))?', '', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('', 'cbbÉbc', 10)]
        [(m.regs, m.lastindex) for m in re.finditer('É\\W{2}', 'bBbabc', 64)]
        [(m.regs, m.lastindex) for m in re.finditer('A(((?=|^a{0,2}?\\w))(?:)+?|){2,}', 'a', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(?:)\\s++', 'aabcc', 256)]
        [(m.regs, m.lastindex) for m in re.finditer('\\w(A(?<=^(?!a{2,})c)){,2}|\\w', 'bca', 256)]
        [(m.regs, m.lastindex) for m in re.finditer('((?<=)??|\\W{1,2})', 'bba', 8)]
        [(m.regs, m.lastindex) for m in re.finditer('É{0,2}?', 'aBabcbbb', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('|(|É(?<![ab][a-c])|a{2,})?+', 'baab', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('\\W*+', 'é', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('()', '1baaba', 2)]
        [(m.regs, m.lastindex) for m in re.finditer('(?:(?:|)(?a:(b[a-c]++|.)|a(?:$a)|[à-ü]{0,2}?)*?)', 'aaAba', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(([^a])+?|((?>[a-c]{1,2}$|\\2)*+(?P<n>|)|(?:[^a]a{,2})(b))(?=)??)|((?=\\W??(\\Z))(?!(?:$\\d)(?P=n)*+))((?:)$||A{2})', 'aaBbccb', 64)]
        [(m.regs, m.lastindex) for m in re.finditer('c', 'acaac_a', 16)]
        [(m.regs, m.lastindex) for m in re.finditer('(?:([^a](a{2,}||A+É\\W++).)(É|\\W\\B)++)?+(?m:[^A-B])*+', 'cb', 0)]
        [(m.regs, m.lastindex) for m in re.finditer('(a|()(){1,2})', 'bca', 2)]
        "###,
    );
}
