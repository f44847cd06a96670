import sys, unicodedata
chars=[chr(c) for c in range(0x110000) if not 0xD800<=c<0xE000]
def final(s): return s.lower()[-1]=='ς'
def flags(c):
    ign = final('a'+c+'Σ') and not final(c+'Σ')
    cased = (c+'a').title()[-1]=='a'
    title = unicodedata.category(c)=='Lt'
    bits=[c.isalpha(),c.isdigit(),c.isnumeric(),c.islower(),c.isupper(),title,cased,ign,c.isprintable(),c.isidentifier(),('a'+c).isidentifier()]
    # istitle single: isupper or Lt
    return sum(1<<i for i,b in enumerate(bits) if b)
out=[];prev=None
for c in range(0x110000):
    f = 0 if 0xD800<=c<0xE000 else flags(chr(c))
    if f!=prev: out.append(c<<11|f); prev=f
def runs(fn):
    m=[(ord(c),ord(fn(c))-ord(c)) for c in chars if len(fn(c))==1 and fn(c)!=c]
    res=[]
    for c,d in m:
        if res:
            s,e,st,dd=res[-1]
            if dd==d and ((s==e and c-e in(1,2)) or (s!=e and c-e==st)):
                res[-1]=(s,c,c-s if s==e else st,d); continue
        res.append((c,c,1,d))
    return res
def special(fn,base):
    return [(c,fn(c)) for c in chars if (len(fn(c))!=1 if base is None else fn(c)!=base(c))]
lower=lambda c:c.lower(); upper=lambda c:c.upper(); title=lambda c:c.title(); fold=lambda c:c.casefold()
L=runs(lower);U=runs(upper);LS=special(lower,None);US=special(upper,None);TS=special(title,upper);FS=special(fold,lower)
zeros=[ord(c) for c in chars if unicodedata.decimal(c,None)==0]
for z in zeros: assert [unicodedata.decimal(chr(z+i)) for i in range(10)]==list(range(10))
assert sum(1 for c in chars if unicodedata.decimal(c,None) is not None)==10*len(zeros)
assert all(unicodedata.decimal(c,None)is None or c.isdecimal() for c in chars)
spaces=[c for c in chars if c.isspace()]
def esc(s): return ''.join(f'\\u{{{ord(c):x}}}' for c in s)
def rows(items):
    line='   ';r=[]
    for i in items:
        if len(line)+len(i)+2>110: r.append(line); line='   '
        line+=' '+i+','
    r.append(line); return '\n'.join(r)
P=print
P('//! The character tables of Unicode 14.0, as CPython 3.11 has them: properties, case mappings, decimal digits.')
P('//!')
P('//! Written by a program that asks CPython 3.11 about every character; there is nothing here to edit by hand.')
P()
def tab(doc,decl,items):
    P(f'/// {doc}'); P('#[rustfmt::skip]'); P(f'pub const {decl} = &['); P(rows(items)); P('];'); P()
tab('Where the properties of characters change: the first character, shifted left by 11 bits, and the properties from there on.','FLAGS: &[u32]',[f'{x:#x}' for x in out])
tab('Simple lower case: first, last, step, difference.','LOWER: &[(u32, u32, u8, i32)]',[f'({a:#x}, {b:#x}, {s}, {d})' for a,b,s,d in L])
tab('Simple upper case: first, last, step, difference.','UPPER: &[(u32, u32, u8, i32)]',[f'({a:#x}, {b:#x}, {s}, {d})' for a,b,s,d in U])
for n,d,t in (('LOWER_SPECIAL','Lower case of several characters.',LS),('UPPER_SPECIAL','Upper case of several characters.',US),('TITLE_SPECIAL','Title case where it is not upper case.',TS),('FOLD_SPECIAL','Case folding where it is not lower case.',FS)):
    tab(d,f'{n}: &[(char, &str)]',[f"('\\u{{{ord(c):x}}}', \"{esc(s)}\")" for c,s in t])
tab('The digit zero of each script; nine to one follow it.','ZEROS: &[u32]',[f'{z:#x}' for z in zeros])
tab('White space.','SPACES: &[char]',[f"'\\u{{{ord(c):x}}}'" for c in spaces])
print(len(out),len(L),len(U),len(LS),len(US),len(TS),len(FS),len(zeros),len(spaces),file=sys.stderr)
